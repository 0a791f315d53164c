import { Duration, Names } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface AlarmsProps {
  readonly api: apigateway.RestApi;
  readonly authorizer: lambda.IFunction;
  readonly forwarder: lambda.IFunction;
  /** One line of JSON a request. */
  readonly forwarderLog: logs.ILogGroup;
  readonly topic?: sns.ITopic;
}

/** What should wake somebody: the front cannot decide, cannot forward, or is being slowed down. Refusals are not among it. */
export class Alarms extends Construct {
  /** How many alarms a front has. */
  static readonly count = 6;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const every = { period: Duration.minutes(1), statistic: cloudwatch.Stats.SUM };
    // The forwarder refuses what carries no decision of our authorizer. Its metrics count that as a success.
    const refused = new logs.MetricFilter(this, 'Refusals', {
      logGroup: props.forwarderLog,
      filterPattern: logs.FilterPattern.all(
        logs.FilterPattern.stringValue('$.type', '=', 'forward'),
        logs.FilterPattern.stringValue('$.outcome', '=', 'refused'),
      ),
      metricNamespace: 'Sallyport',
      metricName: `${Names.uniqueId(this)}-refused`,
      metricValue: '1',
    });
    const alarms: [string, cloudwatch.Metric, number, string][] = [
      [
        'CannotDecide',
        props.authorizer.metricErrors(every),
        1,
        'The authorizer throws: every caller gets 500. Look at its log.',
      ],
      [
        'DecisionsThrottled',
        props.authorizer.metricThrottles(every),
        1,
        'The authorizer is out of concurrency: callers get 500.',
      ],
      ['CannotForward', props.forwarder.metricErrors(every), 1, 'The forwarder throws: allowed callers get 502.'],
      [
        'ForwardsThrottled',
        props.forwarder.metricThrottles(every),
        1,
        'The forwarder is out of concurrency: allowed callers get 502.',
      ],
      [
        'ForwarderRefuses',
        refused.metric(every),
        1,
        'The forwarder refuses what carries no decision of the authorizer. binding_invalid in its log: the two do not have the same key (a rotation by hand?); anything else: somebody calls it past the authorizer.',
      ],
      ['ServerErrors', props.api.metricServerError(every), 5, 'Five answers 5xx or more in a minute.'],
    ];
    for (const [name, metric, threshold, alarmDescription] of alarms) {
      const alarm = metric.createAlarm(this, name, {
        threshold,
        evaluationPeriods: 1,
        alarmDescription,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      });
      if (props.topic !== undefined) alarm.addAlarmAction(new actions.SnsAction(props.topic));
    }
  }
}
