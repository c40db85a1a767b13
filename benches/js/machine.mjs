import { cpus, loadavg, platform, release, totalmem } from "node:os";

/** What the numbers were measured on; the load average tells whether the machine was busy with other work. */
export function describeMachine(environments) {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    load_average: loadavg()[0],
    versions: Object.fromEntries(environments.map(({ name, version }) => [name, version])),
  };
}
