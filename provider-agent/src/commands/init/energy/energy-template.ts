import { stringify } from 'yaml';
import type { EnergyPlan } from './energy-plan.ts';

/** Until `hearth-agent calibrate` has measured this machine. */
const GUESSED_TOKENS_PER_SECOND = 50;
const INPUT_IS_FASTER = 20;

/** The `energy:` section, commented, as text for home.yaml. */
export function energyTemplate(plan: EnergyPlan, hasSecrets: boolean): string {
  const { mode, reservePercent, idleWatts, workWatts } = plan;
  const joules = (workWatts - idleWatts) / GUESSED_TOKENS_PER_SECOND;
  return `
# What energy costs here and what the node may draw: docs/energy.md. Limits are as configured by you or your electrician.
energy:
  timeZone: ${plan.timeZone}
  # true: looks and decides, and leaves the node alone. Set it to false when what the page says convinces you.
  isShadow: ${plan.isShadow}
${hasSecrets ? '  # Tokens and passwords: "name: value" lines, mode 0600.\n  secretsFile: secrets.yaml\n' : ''}
  wishes:
    # off, solar, min+solar, cheap or now; the page and Home Assistant change it too.
    mode: ${mode}
${reservePercent === undefined ? '' : `    # The node never runs on the battery at or below this charge.\n    reservePercent: ${reservePercent}\n`}    # For example: { from: "22:00", to: "07:00", capWatts: 0 }
    quietHours: []

  site:
    hasSolar: ${plan.hasSolar}
    hasBattery: ${plan.hasBattery}
    circuits:
      # A load of hours may use 80 % of a breaker.
      - { id: node, breakerAmps: ${plan.breakerAmps}, measuredBy: ${plan.measuredBy} }

  node:
    idleWatts: ${idleWatts}
    # Guessed. \`hearth-agent calibrate\` measures this machine.
    points:
      - slots: ${plan.slots}
        watts: ${workWatts}
        tokensPerSecond: ${GUESSED_TOKENS_PER_SECOND}
        inputTokensPerSecond: ${GUESSED_TOKENS_PER_SECOND * INPUT_IS_FASTER}
        joulesPerOutputToken: ${round(joules)}
        joulesPerInputToken: ${round(joules / INPUT_IS_FASTER)}

  tariff:
    currency: ${plan.currency}
    # One unit of it in USD, the market's currency: correct it now and then.
    usdPerUnit: 1
    importPerKwh: ${plan.importPerKwh}
    exportPerKwh: ${plan.exportPerKwh}

  # What is listened to; nothing here can switch anything.
  sources:
${indent(stringify(plan.sources), 4)}`;
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
const indent = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));
