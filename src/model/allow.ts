/** What the local config lets a commit name on this host: all that would be root's doing otherwise. */

export type Allowed = 'disks' | 'bootloaders' | 'kernels' | 'scripts' | 'bridges' | 'options' | 'sysctls';

/** Patterns in which `*` stands for anything but, in a path, a slash; what none of them fits is refused. */
export type Allow = Readonly<Record<Allowed, readonly string[]>>;
