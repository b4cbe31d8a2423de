/** Said where a server's programs are not here. */
export const byInstall = "npm run services -- install, on Debian and Ubuntu; elsewhere see compose.yaml";
