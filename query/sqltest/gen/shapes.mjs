// The kinds of random queries. Every one has an order that decides, or one row.

import { aggregate, any, cond, exact, int, str } from './expressions.mjs';
import { TABLES } from './tables.mjs';

const table = (r) => r.pick(Object.keys(TABLES));
const list = (r, low, high, make) => Array.from({ length: r.int(low, high) }, make);
const where = (r, t, depth = 2) => (r.chance(4) ? '' : ` WHERE ${cond(r, t, depth)}`);
const direction = (r) => r.pick(['', '', ' DESC', ' NULLS FIRST', ' DESC NULLS FIRST']);
const limit = (r) => ` LIMIT ${r.int(3, 9)}${r.chance(3) ? ` OFFSET ${r.int(1, 4)}` : ''}`;

// prefixed is a table whose columns are written alias.column, in a join.
function prefixed(t, alias) {
  const columns = (v) => (Array.isArray(v) ? v.map((c) => (/\(|%|>/.test(c) ? c : `${alias}.${c}`)) : `${alias}.${v}`);
  const fields = Object.entries(t).filter(([k]) => k !== 'groups').map(([k, v]) => [k, columns(v)]);
  return { ...Object.fromEntries(fields), isJoined: true };
}

export const SHAPES = {
  // Expressions of single rows.
  rows(r) {
    const name = table(r), t = TABLES[name];
    const xs = list(r, 1, 4, () => any(r, t, 3));
    const types = r.chance(2) ? xs.map((x) => `toTypeName(${x})`) : [];
    return `SELECT ${[t.key, ...xs, ...types].join(', ')} FROM ${name}${where(r, t)} ORDER BY ${r.chance(2) ? `${exact(r, t, 1)}${direction(r)}, ` : ''}${t.key}${limit(r)}`;
  },

  // Conditions, counted.
  filters(r) {
    const name = table(r), t = TABLES[name];
    return `SELECT count(), min(${t.key}), max(${t.key}), sum(${t.key}) FROM ${name} WHERE ${cond(r, t, 4)}`;
  },

  // Aggregates over all rows.
  totals(r) {
    const name = table(r), t = TABLES[name];
    const xs = list(r, 2, 5, () => aggregate(r, t, 2));
    const types = r.chance(3) ? xs.map((x) => `toTypeName(${x})`) : [];
    return `SELECT ${[...xs, ...types].join(', ')} FROM ${name}${where(r, t)}`;
  },

  // Groups by one to three keys.
  groups(r) {
    const name = table(r), t = TABLES[name];
    const keys = r.some(t.groups, r.int(1, 3));
    const named = keys.map((k, i) => `${k} AS k${i}`);
    const by = keys.map((_, i) => `k${i}`);
    const xs = list(r, 1, 3, () => aggregate(r, t, 1));
    const having = r.chance(3) ? ` HAVING ${r.pick([`count() > ${r.int(1, 60)}`, `max(${r.pick(t.int)}) > ${r.int(0, 90)}`, `sum(${r.pick(t.int)}) != 0`])}` : '';
    const order = r.chance(3) ? ['count() DESC', ...by] : by.map((k) => k + direction(r));
    return `SELECT ${[...named, ...xs].join(', ')} FROM ${name}${where(r, t)} GROUP BY ${by.join(', ')}${having} ORDER BY ${order.join(', ')} LIMIT ${r.int(4, 12)}`;
  },

  // DISTINCT and LIMIT BY.
  distinct(r) {
    const name = table(r), t = TABLES[name];
    if (r.chance(2)) {
      const xs = list(r, 1, 2, () => exact(r, t, 2)).map((x, i) => `${x} AS x${i}`);
      return `SELECT DISTINCT ${xs.join(', ')} FROM ${name}${where(r, t)} ORDER BY ${xs.map((_, i) => `x${i}${direction(r)}`).join(', ')} LIMIT ${r.int(5, 15)}`;
    }
    const g = r.pick(t.groups);
    return `SELECT ${g} AS g, ${t.key}, ${exact(r, t, 1)} FROM ${name}${where(r, t)} ORDER BY g${direction(r)}, ${t.key} LIMIT ${r.int(1, 2)} BY g LIMIT ${r.int(4, 12)}`;
  },

  // Joins of both tables, or of one with itself.
  joins(r) {
    const ev = prefixed(TABLES.ev, 'e'), nu = prefixed(TABLES.nu, 'q');
    const kind = r.pick(['JOIN', 'LEFT JOIN', 'INNER JOIN']);
    const on = r.pick(['e.uid = q.u', 'e.id = q.k', 'e.n = q.a', 'e.day = q.d', 'e.uid = q.u AND e.day = q.d', "concat('s', substring(e.item, 5)) = q.s AND e.uid = q.k", 'e.small = q.a AND e.id = q.k', 'e.small % 7 = q.b AND e.id = q.k']);
    const nulls = r.chance(3) ? ' SETTINGS join_use_nulls = 1' : '';
    const side = r.chance(2) ? cond(r, ev, 1) : cond(r, nu, 1);
    if (r.chance(2)) {
      const xs = [aggregate(r, ev, 1), aggregate(r, nu, 1)];
      return `SELECT count(), ${xs.join(', ')} FROM ev AS e ${kind} nu AS q ON ${on} WHERE ${side}${nulls}`;
    }
    return `SELECT e.id, q.k, ${any(r, ev, 1)}, ${any(r, nu, 1)} FROM ev AS e ${kind} nu AS q ON ${on} WHERE ${side} ORDER BY e.id${r.pick(['', ' DESC'])}, q.k${limit(r)}${nulls}`;
  },

  // Subqueries in FROM and IN, scalar ones, WITH and UNION ALL.
  subqueries(r) {
    const name = table(r), t = TABLES[name], other = table(r), o = TABLES[other];
    const set = `(SELECT ${r.pick(o.int)} FROM ${other}${where(r, o, 1)})`;
    const group = r.pick(t.groups);
    return r.pick([
      () => `SELECT count(), sum(${t.key}) FROM ${name} WHERE ${r.pick(t.int)} ${r.pick(['IN', 'NOT IN'])} ${set} AND ${cond(r, t, 1)}`,
      () => `SELECT count(), sum(c), max(c), min(c) FROM (SELECT ${group} AS g, count() AS c FROM ${name}${where(r, t)} GROUP BY g)`,
      () => `SELECT x, count() AS c FROM (SELECT ${str(r, t, 1)} AS x FROM ${name} UNION ALL SELECT ${str(r, o, 1)} FROM ${other}) GROUP BY x ORDER BY c DESC, x LIMIT ${r.int(3, 9)}`,
      () => `SELECT ${t.key}, ${r.pick(t.int)} - (SELECT max(${r.pick(o.int)}) FROM ${other}) AS d FROM ${name}${where(r, t)} ORDER BY ${t.key}${limit(r)}`,
      () => `WITH c AS (SELECT ${group} AS g, ${aggregate(r, t, 1)} AS x, count() AS n FROM ${name}${where(r, t, 1)} GROUP BY g) SELECT g, x, n FROM c WHERE n > ${r.int(1, 20)} ORDER BY n DESC, g LIMIT ${r.int(3, 9)}`,
      () => `SELECT count(), uniqExact(v) FROM (SELECT ${exact(r, t, 2)} AS v, ${t.key} AS key FROM ${name} ORDER BY key LIMIT ${r.int(20, 300)})`,
      () => `SELECT ${t.key}, ${int(r, t, 2)} IN ${set} AS hit FROM ${name}${where(r, t)} ORDER BY ${t.key}${limit(r)}`,
    ])();
  },
};
