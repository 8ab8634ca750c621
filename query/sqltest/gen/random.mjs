// Random is a seeded source of choices (mulberry32): the same seed, the same
// choices, on every machine.
export class Random {
  constructor(seed) { this.state = seed >>> 0; }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  // int is a number of [low, high].
  int(low, high) { return low + Math.floor(this.next() * (high - low + 1)); }

  // one in n.
  chance(n) { return this.int(1, n) === 1; }

  pick(list) { return list[this.int(0, list.length - 1)]; }

  // some picks n different elements, in random order.
  some(list, n) {
    const rest = [...list];
    return Array.from({ length: Math.min(n, list.length) }, () => rest.splice(this.int(0, rest.length - 1), 1)[0]);
  }
}
