import type { Command } from 'commander';
import { type Exchange, type RequestSpec, sendRequest } from '../../local/tls-request.ts';
import { type CommandContext, examples } from '../terminal/command.ts';
import { wrongUsage } from '../terminal/failure.ts';
import { meaningOf } from './answer-meaning.ts';
import { documentOf, print } from './print.ts';
import { type CallOptions, specOf } from './request.ts';

const collect = (value: string, before: readonly string[]) => [...before, value];

export function addCallCommand(program: Command, context: CommandContext): Command {
  return program
    .command('call')
    .description('Make one request with a client certificate and print every step.')
    .argument('<request>', 'METHOD /path, for example "GET /orders"')
    .option(
      '--as <client>',
      'use the made-up certificate (and token) of this client, against the `sallyport dev` of --front',
    )
    .option('--cert <file>', 'client certificate, PEM: the leaf first, intermediates behind it')
    .option('--key <file>', 'its private key, PEM')
    .option('--url <origin>', 'https://name[:port] (default: the running `sallyport dev`)')
    .option('--cacert <file>', 'PEM of the CA that signed the server (default: public CAs, or that of dev)')
    .option('--connect-to <host:port>', 'connect there, whatever the name in --url resolves to')
    .option('-H, --header <line>', '"Name: value", repeatable', collect, [])
    .option('-d, --data <text>', 'request body; @FILE reads it from a file')
    .addHelpText(
      'before',
      examples([
        ['sallyport call "GET /orders" --as acme', 'to the running `sallyport dev`'],
        [
          'sallyport call "GET /orders" --cert acme.pem --key acme.key --url https://api.example.com',
          'to the real front',
        ],
        ['sallyport call "POST /orders" --as acme -d @order.json -H "Content-Type: application/json"', 'with a body'],
      ]),
    )
    .action(async (line: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CallOptions>();
      const spec = specOf(line, options);
      const exchange = await send(spec);
      const meaning = meaningOf(exchange);
      if (options.json === true) context.output.json(documentOf(spec, exchange, meaning));
      else print(spec, exchange, meaning, context.output);
      context.end(meaning.exitCode);
    });
}

async function send(spec: RequestSpec): Promise<Exchange> {
  try {
    return await sendRequest(spec);
  } catch (error) {
    if (error instanceof TypeError) return wrongUsage(`cannot be sent: ${error.message}`, 'sallyport call --help');
    throw error;
  }
}
