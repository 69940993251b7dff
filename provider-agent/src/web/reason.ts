import type { WireView } from '../host/dashboard/view.ts';
import { watts } from './format.ts';
import type { Language, Speech } from './language.ts';
import { messages } from './messages.ts';

type Reason = NonNullable<WireView['energy']>['reason'];

/** Why the energy side does what it does. What a reason is about may be the cause of a stop. */
export function reasonInWords(reason: Reason, words: Speech['words'], language: Language): string {
  const { code, subject = '' } = reason;
  const about = subject in messages.stopCause ? words('stopCause', subject) : subject;
  return words('energyReason', code, { subject: about, watts: watts(reason.watts, language) });
}
