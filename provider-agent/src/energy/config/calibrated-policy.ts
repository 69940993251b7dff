import { AgentError } from '../../agent-error.ts';
import type { PolicyConfig } from '../policy/policy-types.ts';
import { type CalibrationTable, calibratedPoints } from '../price/calibration-table.ts';
import type { EnergyConfig } from './energy-config.ts';
import { policyConfigOf } from './policy-of-config.ts';

/** What the policy goes by: the home's file, with the points that were measured. @throws AgentError where there are none */
export function calibratedPolicy(config: EnergyConfig, table: CalibrationTable | undefined): PolicyConfig {
  const policy = policyConfigOf(config);
  const points = calibratedPoints(policy.points, table);
  if (points.length > 0) return { ...policy, points };
  throw new AgentError(
    'config_invalid',
    'energy.node.points: none, and none are measured; run  hearth-agent calibrate  or write them down',
  );
}
