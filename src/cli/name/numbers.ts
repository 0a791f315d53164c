import { type PrintedThumbprint, parseSerialText } from '../../core/x509/names/printed-hex.ts';
import { type Answer, printLine } from './print.ts';

export function serialAnswer(text: string, exact: boolean): Answer {
  const { readings: all, warnings } = parseSerialText(exact ? hexSerial(text) : text);
  const readings = all.slice(0, exact ? 1 : undefined);
  const described = readings.map(({ radix, serial }) => ({ radix, serial, printed: printedSerial(serial) }));
  return {
    certain: readings.length === 1,
    document: { kind: 'serial', certain: readings.length === 1, readings: described, warnings },
    print: (output) => {
      if (readings.length > 1) output.out(output.strong('Digits alone do not say whether they are hex or decimal:'));
      for (const each of described) {
        printLine('canonical', `${each.serial}${readings.length > 1 ? `   (read as ${each.radix})` : ''}`, output);
        for (const [tool, digits] of Object.entries(each.printed))
          output.out(`  ${output.faint(tool.padEnd(34))}${digits}`);
      }
      for (const warning of warnings) output.out(`${output.bad('note')}: ${warning}`);
      output.out('A serial number names a certificate only together with its issuer.');
    },
  };
}

/** Marked, so that digits of our own are not taken for decimal. */
function hexSerial(serial: string): string {
  return serial.startsWith('-') ? `-0x${serial.slice(1)}` : `0x${serial}`;
}

function printedSerial(serial: string): Record<string, string> {
  const negative = serial.startsWith('-');
  const digits = serial.replace('-', '');
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const sign = negative ? '-' : '';
  const decimal = `${sign}${BigInt(`0x${digits}`)}`;
  return {
    'OpenSSL -serial, Node': `${sign}${even.toUpperCase()}`,
    Java: serial,
    'Python hex()': `${sign}0x${digits}`,
    Go: decimal,
    // OpenSSL's rule for printing a serial number: decimal while it fits 64 bits.
    'API Gateway serialNumber': BigInt(decimal) < 1n << 63n ? decimal : even.replace(/..(?=.)/g, '$&:'),
    'Azure, Windows': `${sign}${even.toUpperCase()}`,
  };
}

export function thumbprintAnswer({ hash, hex, warnings }: PrintedThumbprint): Answer {
  const notes = [
    ...warnings,
    hash === 'sha1'
      ? 'SHA-1, for which two certificates can be made that share it: a front never decides by it'
      : 'the SHA-256 of one certificate: its renewal has another one',
  ];
  const next =
    hash === 'sha1'
      ? 'ask the partner for the certificate itself, and register it: sallyport client add NAME --from FILE'
      : 'ask for the certificate and write `- { certificate: NAME.pem }` in the client; of a CA, `issuers` of its authority takes the hash';
  return {
    certain: true,
    document: { kind: 'thumbprint', hash, canonical: hex, warnings: notes, next },
    print: (output) => {
      printLine('canonical', hex, output);
      printLine('hash', hash === 'sha1' ? 'SHA-1' : 'SHA-256', output);
      for (const note of notes) output.out(`${output.bad('note')}: ${note}`);
      output.out(`→ ${next}`);
    },
  };
}
