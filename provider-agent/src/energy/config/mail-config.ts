import { z } from 'zod';

const PORTS = { none: 25, starttls: 587, tls: 465 } as const;

/** Where notices go by mail. */
export const mailConfig = z
  .strictObject({
    host: z.string().regex(/^[\w.:-]+$/, 'expected a host name or an address'),
    /** The usual one of `security` if absent: 25, 587 or 465. */
    port: z.int().min(1).max(65_535).optional(),
    /** `none` is for a relay in the home: the mail is read by anybody on the way. */
    security: z.enum(['none', 'starttls', 'tls']).default('none'),
    user: z.string().min(1).max(255).optional(),
    /** Its name in `secretsFile`. */
    passwordSecret: z.string().min(1).optional(),
    /** PEM of the server's own authority, where it is none of the usual ones. */
    certificateFile: z.string().min(1).optional(),
    from: z.email(),
    to: z.email(),
  })
  .refine(({ user, passwordSecret }) => (user === undefined) === (passwordSecret === undefined), {
    error: 'expected user and passwordSecret, or neither',
  })
  .refine(({ user, security }) => user === undefined || security !== 'none', {
    path: ['security'],
    error: 'expected starttls or tls: a password is never sent without',
  })
  .transform(({ port, ...mail }) => ({ ...mail, port: port ?? PORTS[mail.security] }));
export type MailConfig = z.output<typeof mailConfig>;
