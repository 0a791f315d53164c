import { type CfnResource, Stack } from 'aws-cdk-lib';

export type Bag = Readonly<Record<string, unknown>>;

/** A resource's properties as the template will have them, with whatever an override has put there. */
export function propertiesOf(resource: CfnResource): Bag {
  const template = Stack.of(resource).resolve(resource._toCloudFormation()) as {
    readonly Resources?: Readonly<Record<string, { readonly Properties?: Bag }>>;
  };
  return Object.values(template.Resources ?? {})[0]?.Properties ?? {};
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
