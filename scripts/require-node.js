const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 14)) {
  console.error(`Sluice's repository needs Node 22.14 or later, and this is Node ${process.versions.node}.
On Linux (x64, arm64) and Windows (x64), \`npm ci\` brings Node 24 along and every npm script runs on it:
run \`npm ci\` without --omit=optional, then \`npm start\` or \`npm test\`.
Elsewhere, install Node 24 and run \`npm ci\` again.`);
  process.exit(1);
}
