/** How times, sizes and numbers are written. Pure; the clock is handed in. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration in seconds: `0.4 s`, `48 s`, `2 min 04 s`, `1 h 05 min`, `3 d 2 h`. */
export function duration(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 9.95) {
    return `${s.toFixed(1)} s`;
  }
  const whole = Math.round(s);
  if (whole < MINUTE) {
    return `${whole} s`;
  }
  if (whole < HOUR) {
    return `${Math.floor(whole / MINUTE)} min ${pad(whole % MINUTE)} s`;
  }
  if (whole < DAY) {
    return `${Math.floor(whole / HOUR)} h ${pad(Math.floor((whole % HOUR) / MINUTE))} min`;
  }
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

/** A duration that ticks: whole seconds. */
export function ticking(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds));
  return whole < MINUTE ? `${whole} s` : duration(whole);
}

/** Seconds between two moments; until `now` when there is no end; null when there is no beginning. */
export function took(started: string | null, finished: string | null, now: number): number | null {
  if (started === null) {
    return null;
  }
  const end = finished === null ? now : Date.parse(finished);
  return Math.max(0, (end - Date.parse(started)) / 1000);
}

/** The time of day: `14:02`, with seconds `14:02:11`. */
export function clock(moment: string, withSeconds = false): string {
  const at = new Date(moment);
  const short = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  return withSeconds ? `${short}:${pad(at.getSeconds())}` : short;
}

/** A moment seen from now: `now`, `5 min ago`, `14:02`, `yesterday`, `18 Nov`, `18 Nov 2025`. */
export function since(moment: string, now: number): string {
  const at = new Date(moment);
  const today = new Date(now);
  const seconds = (now - at.getTime()) / 1000;
  if (seconds < 45) {
    return 'now';
  }
  if (seconds < HOUR) {
    return `${Math.max(1, Math.round(seconds / MINUTE))} min ago`;
  }
  const days = Math.round((startOfDay(today) - startOfDay(at)) / (DAY * 1000));
  if (days <= 0) {
    return clock(moment);
  }
  return days === 1 ? 'yesterday' : day(at, today);
}

/** A moment as a name of something, the same whenever it is read: `14:02` today, `18 Nov 14:02` on another day. */
export function when(moment: string, now: number, withSeconds = false): string {
  const at = new Date(moment);
  const today = new Date(now);
  const time = clock(moment, withSeconds);
  return startOfDay(at) === startOfDay(today) ? time : `${day(at, today)} ${time}`;
}

function day(at: Date, today: Date): string {
  const short = `${at.getDate()} ${MONTHS[at.getMonth()] ?? ''}`;
  return at.getFullYear() === today.getFullYear() ? short : `${short} ${at.getFullYear()}`;
}

/** A moment in full, for tooltips. */
export function full(moment: string): string {
  return new Date(moment).toLocaleString();
}

/** A size: `812 B`, `31 kB`, `1.4 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

/** A number of a metric or parameter, short: `0.914`, `1.2e-7`, `70,000`. */
export function figure(value: number | string): string {
  if (typeof value === 'string') {
    return value;
  }
  if (!Number.isFinite(value)) {
    return String(value);
  }
  if (Number.isInteger(value)) {
    return Math.abs(value) < 1e15 ? count(value) : value.toExponential(3);
  }
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-4) {
    return value.toExponential(3).replace(/\.?0+e/, 'e');
  }
  return String(Number(value.toPrecision(magnitude >= 1000 ? 6 : 4)));
}

/** A whole number with its thousands parted. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A parameter's value as it is shown: `None`, `"text"` without quotes, lists and objects as JSON. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (typeof value === 'number') {
    return String(value);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}
