/** The letters of the runs on the page. */

/** How a run is called among others: `A churn 14:02`. */
export function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}
