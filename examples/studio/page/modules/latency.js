const entryName = 'icolorit.drag';
const kept = 1000;

/**
 * How long it takes from a move of the pointer to the frame that shows it, as measures of the browser's own
 * performance timeline (`performance.getEntriesByName('icolorit.drag')`).
 */
export class Latency {
  #starts = [];  // {version, start}, oldest first

  /** The server gave this version to the change that an event at `start` asked for. */
  asked(version, start) {
    if (start !== undefined) this.#starts.push({ version, start });
  }

  /** A frame of this version has been drawn: everything up to it is seen now. */
  painted(version) {
    const seen = this.#starts.filter((entry) => entry.version <= version);
    if (seen.length === 0) return;
    this.#starts = this.#starts.filter((entry) => entry.version > version);
    setTimeout(() => {  // after the browser has put the frame on the screen
      const end = performance.now();
      for (const { start } of seen) performance.measure(entryName, { start, end });
      if (performance.getEntriesByName(entryName).length > kept) performance.clearMeasures(entryName);
    });
  }
}
