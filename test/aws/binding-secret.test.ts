import { openBindingSecret } from '../../src/aws/binding-secret.ts';
import { replaceLeakedBinding, rotateBinding } from '../../src/aws/rotate-binding.ts';
import { openFakeAws } from './fake-aws.ts';

test('a rotation through Secrets Manager: pending, current, previous, retired', async () => {
  const aws = await openFakeAws();
  try {
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not-a-secret' };
    const id = 'arn:aws:secretsmanager:eu-west-1:222222222222:secret:BindingKey-AbCdEf';
    const secret = openBindingSecret(id, { region: 'eu-west-1', endpoint: aws.endpoint, credentials });
    await secret.put('a'.repeat(64), 'AWSCURRENT');
    expect(await secret.read()).toEqual({
      current: 'version-1',
      previous: undefined,
      pending: undefined,
      changedAt: 1_767_225_600_000,
    });
    const said: string[] = [];
    const means = {
      secret,
      newKey: () => 'b'.repeat(64),
      now: () => 1_767_225_600_000 + 400_000,
      wait: async () => {},
      say: (line: string) => void said.push(line),
    };
    await rotateBinding(means);
    expect(await secret.read()).toMatchObject({ current: 'version-2', previous: undefined, pending: undefined });
    expect(said.map((line) => line.slice(0, 6))).toEqual(['1 of 3', '2 of 3', '3 of 3']);
    await secret.put('c'.repeat(64), 'AWSPENDING');
    await secret.promote('version-3', 'version-2');
    expect(await secret.read()).toMatchObject({ current: 'version-3', previous: 'version-2', pending: 'version-3' });
    await expect(secret.drop('AWSPREVIOUS', 'version-1')).rejects.toThrow();
    await secret.drop('AWSPREVIOUS', 'version-2');
    await secret.drop('AWSPENDING', 'version-3');
    await replaceLeakedBinding(means);
    expect(await secret.read()).toMatchObject({ current: 'version-4', previous: undefined });
  } finally {
    await aws.close();
  }
});
