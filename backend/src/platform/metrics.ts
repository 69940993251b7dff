type Kind = 'counter' | 'gauge';
type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly kind: Kind;
  readonly help: string;
  readonly samples: Map<string, number>;
}

/** A few Prometheus counters and gauges in text exposition format 0.0.4. Label values come from closed sets only. */
export class Metrics {
  private readonly families = new Map<string, Family>();
  private readonly collectors: (() => Promise<void>)[] = [];

  counter(name: string, help: string): (labels?: Labels, by?: number) => void {
    const { samples } = this.family('counter', name, help);
    return (labels = {}, by = 1) => {
      const key = labelText(labels);
      samples.set(key, (samples.get(key) ?? 0) + by);
    };
  }

  gauge(name: string, help: string): (level: number, labels?: Labels) => void {
    const { samples } = this.family('gauge', name, help);
    return (level, labels = {}) => samples.set(labelText(labels), level);
  }

  /** Runs before each exposition: the place for gauges that are read from the database. */
  collect(refresh: () => Promise<void>): void {
    this.collectors.push(refresh);
  }

  async expose(): Promise<string> {
    await Promise.all(this.collectors.map((refresh) => refresh()));
    return [...this.families].map(([name, family]) => familyText(name, family)).join('');
  }

  private family(kind: Kind, name: string, help: string): Family {
    const known = this.families.get(name);
    if (known !== undefined && known.kind !== kind)
      throw new Error(`metric ${name}: expected ${known.kind}, got ${kind}`);
    const family = known ?? { kind, help, samples: new Map<string, number>() };
    this.families.set(name, family);
    return family;
  }
}

function familyText(name: string, { kind, help, samples }: Family): string {
  const lines = [...samples].map(([labels, level]) => `${name}${labels} ${level}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, label]) => `${key}="${label.replace(/[\\"\n]/g, '_')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
