// The tables of the random queries and their columns by kind of value.

export const SETUP = [
  `CREATE TABLE ev (id UInt32, ts DateTime('UTC'), day Date, uid UInt64, kind Enum8('view' = 1, 'like' = 2, 'buy' = -3), item String, dev LowCardinality(String), n Int32, small Int8, price Decimal(10, 2), score Float64, flag Bool, tags Array(String)) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (dev, ts)`,
  `INSERT INTO ev SELECT number, toDateTime('2024-01-28 22:00:00', 'UTC') + number * 301, toDate(toDateTime('2024-01-28 22:00:00', 'UTC') + number * 301), number * 7919 % 97, multiIf(number % 11 = 0, -3, number % 4 = 0, 2, 1), concat('item', toString(number * number % 53)), ['ios', 'web', 'Android', ''][1 + number % 4], toInt32(number * 37 % 1001) - 500, toInt8(number % 256), toDecimal64(number * 13 % 997, 2) / 8, (number % 200) / 16 - 3, number % 3 = 0, arrayMap(x -> concat('t', toString((number + x) % 5)), range(number % 3)) FROM numbers(2500)`,
  `CREATE TABLE nu (k UInt32, a Nullable(Int64), b Nullable(UInt8), s Nullable(String), l LowCardinality(Nullable(String)), d Nullable(Date), f Nullable(Float64), u UInt64) ENGINE = MergeTree ORDER BY k`,
  `INSERT INTO nu SELECT number, if(number % 3 = 0, NULL, toInt64(number * 17 % 101) - 40), if(number % 5 = 1, NULL, number % 7), if(number % 4 = 2, NULL, concat('s', toString(number % 13))), if(number % 6 = 0, NULL, ['x', 'y', '', 'Z'][1 + number % 4]), if(number % 7 = 3, NULL, toDate('2024-02-25') + number % 9), if(number % 8 = 5, NULL, number / 8 - 20), number * 5 % 89 FROM numbers(400)`,
];

// Columns by kind: int (exact, any width), float, dec, str, date, time, array,
// bool (UInt8 or Bool). key is unique.
export const TABLES = {
  ev: {
    key: 'id',
    int: ['id', 'uid', 'n', 'small'],
    float: ['score'],
    dec: ['price'],
    str: ['item', 'dev'],
    enum: ['kind'],
    date: ['day'],
    time: ['ts'],
    bool: ['flag'],
    arr: ['tags'],
    groups: ['dev', 'kind', 'day', 'flag', 'item', 'uid', 'toStartOfDay(ts)', 'toHour(ts)', 'small % 5', 'length(tags)', 'intDiv(n, 100)', 'toStartOfMonth(day)', 'substring(item, 5)'],
  },
  nu: {
    key: 'k',
    int: ['k', 'a', 'b', 'u'],
    float: ['f'],
    dec: [],
    str: ['s', 'l'],
    enum: [],
    date: ['d'],
    time: [],
    bool: [],
    arr: [],
    groups: ['b', 's', 'l', 'd', 'a % 4', 'u % 6', 'isNull(a)', 'length(s)', 'toMonth(d)', 'a > 0', 'coalesce(l, s)'],
  },
};
