/** What an error number of the operating system means to a person, and what they can do about it. */
export interface ErrnoWords {
  /** POSIX name, for example "EMFILE". */
  readonly errno: string;
  /** Follows a colon: "the file system is read-only". */
  readonly says: string;
  /** A sentence; empty where what was asked says enough. */
  readonly remedy: string;
  /** True where another path would have worked, false where the machine itself refuses. */
  readonly isAboutPath: boolean;
}

/** The words for a thrown error, or for the nearest of its causes that the operating system raised; undefined for any other. */
export function errnoWords(thrown: unknown): ErrnoWords | undefined {
  let error = thrown;
  for (let depth = 0; depth < 8 && typeof error === "object" && error !== null; depth++) {
    const words = ownErrnoWords(error);
    if (words !== undefined) return words;
    error = (error as { cause?: unknown }).cause;
  }
  return undefined;
}

/** As `errnoWords`, without looking at causes. */
export function ownErrnoWords(thrown: unknown): ErrnoWords | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const { code } = thrown as { code?: unknown };
  if (typeof code !== "string" || !Object.hasOwn(table, code)) return undefined;
  const [says, remedy, isAboutPath = false] = (table[code] as () => Entry)();
  return { errno: code, says, remedy, isAboutPath };
}

type Entry = readonly [says: string, remedy: string, isAboutPath?: boolean];

const table: Readonly<Record<string, () => Entry>> = {
  EACCES: () => [`${user()} has no permission`, "Change its permissions or its owner, or run as another user."],
  EADDRINUSE: () => ["the address is in use already", "Stop what listens there, or take another port."],
  EADDRNOTAVAIL: () => ["this machine has no such address", "Name an address of this machine, or 0.0.0.0 for all."],
  EAGAIN: () => ["the system has no process or thread left", "Raise the limit of processes: ulimit -u."],
  EAI_AGAIN: () => ["the name server does not answer", "Check the network, or give an address in numbers."],
  EBADF: () => ["it is not open for this", ""],
  EBUSY: () => ["something else uses it", "Try again when that has ended."],
  EDQUOT: () => ["this user's disk quota is used up", "Free some of it, or name another folder."],
  EEXIST: () => ["something of that name is there already", "", true],
  EFBIG: () => ["the file would be larger than is allowed", "Raise the limit: ulimit -f."],
  EINVAL: () => ["the system does not accept the request", ""],
  EIO: () => ["the device fails to read or write", "Look at the kernel's log: the disk may be faulty."],
  EISDIR: () => ["it is a folder", "Name a file.", true],
  ELOOP: () => ["its links lead in a circle", "Correct the symbolic links."],
  EMFILE: () => ["too many files are open in this process", `Raise the limit: ulimit -n${openFileLimit()}.`],
  ENAMETOOLONG: () => ["the name is too long", "", true],
  ENFILE: () => ["too many files are open on this machine", "Raise fs.file-max, or close something."],
  ENODEV: () => ["there is no such device", ""],
  ENOENT: () => ["there is no such file or folder", "Check the path.", true],
  ENOMEM: () => ["the system has no memory left", "Free some, or raise the limit of the container."],
  ENOSPC: () => ["the disk is full", "Free some space, or name another folder."],
  ENOTDIR: () => ["a part of the path is a file and not a folder", "Check the path.", true],
  ENOTFOUND: () => ["no such host is known", "Check the spelling, or give an address in numbers."],
  ENXIO: () => ["there is no such device", ""],
  EPERM: () => [`${user()} is not allowed to`, "Change its permissions or its owner, or run as another user."],
  EPIPE: () => ["the reader has left", ""],
  EROFS: () => ["the file system is read-only", "Mount it writable, or name another folder."],
  ESTALE: () => ["the network file system has lost it", "Mount it again."],
  ETIMEDOUT: () => ["it does not answer", "Check the network, or the network file system."],
  ETXTBSY: () => ["it is a program that runs", ""],
};

function user(): string {
  const uid = typeof process === "undefined" ? undefined : process.getuid?.();
  return uid === undefined ? "this user" : `this user (uid ${uid})`;
}

function openFileLimit(): string {
  try {
    const report: unknown = typeof process === "undefined" ? undefined : process.report?.getReport();
    const { userLimits } = report as { userLimits?: { open_files?: { soft?: number | string } } };
    return userLimits?.open_files?.soft === undefined ? "" : ` (now ${userLimits.open_files.soft})`;
  } catch {
    // The figure is a kindness; the report that has it may need a file of its own.
    return "";
  }
}
