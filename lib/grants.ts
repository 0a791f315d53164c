import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * Adds a permission to a grantee's own policy. A grant that cannot be written throws: CDK would leave it out silently,
 * and the first to notice would be whoever needs it.
 */
export function allow(scope: IConstruct, grantee: iam.IGrantable, statement: iam.PolicyStatementProps): void {
  const principal = grantee.grantPrincipal;
  const { account } = Stack.of(scope);
  const other = principal.principalAccount;
  if (other !== undefined && !Token.isUnresolved(other) && !Token.isUnresolved(account) && other !== account) {
    throw new Error(
      `the role is in account ${other} and the front in ${account}: API Gateway and SSM have no permissions across accounts.\n  Make a role in ${account} that the other account may assume, and grant to that one.`,
    );
  }
  if (!principal.addToPrincipalPolicy(new iam.PolicyStatement(statement)).statementAdded) {
    throw new Error(
      'this grantee cannot be given a policy: give a role, user or group of this account, or a managed policy',
    );
  }
}
