/** Where to listen; 0 takes any port that is free. */
export const port = Number(process.env.PORT ?? 3000);

export function sayWhere(url: string): void {
  console.log(`Listening on ${url}. Try:

  curl -N ${url}/api/ProcessFiles -H 'accept: text/event-stream' \\
    -H 'content-type: application/json' -d '{"fileIds":["a","b","c"]}'
  curl ${url}/api/CountFiles
`);
}
