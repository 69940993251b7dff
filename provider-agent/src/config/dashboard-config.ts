import { z } from 'zod';

const loopback = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

/** `dashboard:` in home.yaml: the owner's page. It leaves this machine only with a login, and only over TLS. */
export const dashboardConfig = z
  .strictObject({
    /** 0 takes a free one, which is told when it starts. */
    port: z.int().min(0).max(65_535).default(7420),
    /** Where it listens; anything but loopback needs `publicUrl`, `tls` and a passphrase. */
    address: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
    /** Where browsers elsewhere find it: behind a reverse proxy on this machine, or with a certificate of its own. */
    publicUrl: z
      .url({ protocol: /^https$/, error: 'expected https://…: a passphrase does not travel in clear' })
      .refine((text) => new URL(text).pathname === '/', 'expected an address without a path')
      .optional(),
    /** PEM files. */
    tls: z.strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
    /** Holds `dashboard_passphrase`, as `hearth-agent passphrase` writes it. */
    secretsFile: z.string().min(1).optional(),
  })
  .superRefine(({ address, publicUrl, tls, secretsFile }, context) => {
    const need = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const leavesLoopback = !loopback.test(address);
    if (leavesLoopback && !publicUrl) need('publicUrl', `needed, because ${address} is not loopback`);
    if (leavesLoopback && !tls)
      need('tls', `needed, because ${address} is not loopback; a reverse proxy belongs on this machine`);
    if ((leavesLoopback || publicUrl) && !secretsFile)
      need('secretsFile', 'needed for the passphrase: hearth-agent passphrase');
  });
export type DashboardConfig = z.output<typeof dashboardConfig>;

/** Whoever can reach it has to log in: it is meant to be reached from elsewhere. */
export const needsLogin = ({ publicUrl }: DashboardConfig): boolean => publicUrl !== undefined;

/** Where a browser finds it; undefined where only its start says which port it has got. */
export const pageAddress = ({ publicUrl, port, tls }: DashboardConfig): string | undefined =>
  publicUrl ?? (port === 0 ? undefined : `${tls ? 'https' : 'http'}://127.0.0.1:${port}/`);
