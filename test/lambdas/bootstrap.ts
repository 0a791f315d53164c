/** What Lambda's runtime does in a sandbox: loads the module in its argument, then asks for events for ever. */
const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const post = (path: string, body: unknown) =>
  fetch(`${base}/${path}`, { method: 'POST', body: JSON.stringify(body ?? null) });
const described = (error: unknown) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: typeof error, errorMessage: String(error) };

const { handler } = await import(process.argv[2] ?? '').catch(async (error: unknown) => {
  await post('init/error', described(error));
  process.exit(1);
});

for (;;) {
  const next = await fetch(`${base}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id') ?? '';
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) };
  try {
    await post(`invocation/${id}/response`, await handler(await next.json(), context));
  } catch (error) {
    await post(`invocation/${id}/error`, described(error));
  }
}
