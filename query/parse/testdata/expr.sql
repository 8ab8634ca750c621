# Expressions: operators, calls, special forms, literals, casts, lambdas. The marks are explained in corpus_test.go.
- SELECT (a b)
- SELECT f(a b)
- SELECT [a b]
+ SELECT f(a AS b)
+ SELECT (a AS b, c)
+ SELECT [a AS b]
+ SELECT a[b AS c]
- SELECT a WHERE a b
+ SELECT +a
+ SELECT + 1
+ SELECT -  0
+ SELECT -0
+ SELECT -0x10
+ SELECT +1.5
+ SELECT - inf
+ SELECT -nan
+ SELECT +inf
- SELECT -1e400
+ SELECT a.1.2
+ SELECT a.1.b
+ SELECT t.1
+ SELECT (1,2).1
+ SELECT f(x).1
+ SELECT f(x).b
+ SELECT a[1].b.c
+ SELECT a.^b
+ SELECT a.b.:`Int`
+ SELECT a.b[]
+ SELECT a.b[].c
+ SELECT (1)::UInt8
+ SELECT 1.50::Decimal(10,2)
+ SELECT 0xff::String
+ SELECT 1_000::String
+ SELECT - 1::Int8
+ SELECT [1, 2]::Array(UInt8)
+ SELECT (1, 'a')::Tuple(UInt8, String)
+ SELECT 'x'::String
+ SELECT NULL::Nullable(Int8)
+ SELECT true::Bool
+ SELECT a.b::Int8
+ SELECT f(x)::Int8::String
+ SELECT -a::Int8
+ SELECT [a]::Array(Int8)
+ SELECT a + 1::Int8
+ SELECT inf::String
+ SELECT CAST(a,'Decimal(10,2)')
+ SELECT CAST(a AS Decimal(10,2))
+ SELECT CAST(a AS b, 'String')
+ SELECT CAST(a AS x AS String)
+ SELECT CAST(a, concat('a','b'))
+ SELECT CAST('x', 'foo(')
+ SELECT CAST(a, b)
+ SELECT CAST a
- SELECT groupArray(x ORDER BY y)
- SELECT string_agg(x, ',' ORDER BY y)
+ SELECT NOT a = 1
+ SELECT NOT a AND b
+ SELECT NOT(a) = b
+ SELECT NOT a IS NULL
+ SELECT - a * b
+ SELECT -a.1
+ SELECT a - -b
+ SELECT a*-1
+ SELECT NOT NOT a
+ SELECT - - a
+ SELECT a IS NULL = b
+ SELECT a = b = c
+ SELECT a < b < c
+ SELECT a IN b IN c
+ SELECT a LIKE b LIKE c
+ SELECT a BETWEEN b AND c AND d
+ SELECT a BETWEEN 1 AND 2 OR b
+ SELECT a = 1 BETWEEN 0 AND 1
+ SELECT a OR b BETWEEN 1 AND 2
> SELECT a ? b : c ? d : e
> SELECT a ? b ? c : d : e
+ SELECT a OR b ? c : d
+ SELECT a -> a + 1
+ SELECT (a, b) -> a
- SELECT x -> y -> z
+ SELECT (x) -> x
+ SELECT () -> 1
+ SELECT x -> x ? 1 : 2
+ SELECT a || b || c
+ SELECT (a || b) || c
+ SELECT a + b || c
+ SELECT a || b + c
+ SELECT a || b = c
+ SELECT a DIV b MOD c
+ SELECT a % b * c / d
+ SELECT a+b-c
+ SELECT EXISTS(SELECT 1)
+ SELECT NOT EXISTS (SELECT 1)
+ SELECT exists(SELECT 1)
+ SELECT exists((SELECT 1))
> SELECT EXISTS (1)
+ SELECT a = ANY(SELECT 1)
+ SELECT a = ANY (1)
+ SELECT any(x)
+ SELECT a = any(x)
+ SELECT a = SOME (SELECT 1)
+ SELECT count(*)
+ SELECT COUNT(DISTINCT *)
+ SELECT count(DISTINCT (a, b))
+ SELECT countIf(DISTINCT a, b)
+ SELECT f(DISTINCT a)
+ SELECT sum(ALL a)
+ SELECT uniq(DISTINCT a, b)
- SELECT quantile(DISTINCT 0.5)(a)
+ SELECT quantile(0.5)(DISTINCT a)
+ SELECT INTERVAL 1 DAY
+ SELECT INTERVAL -1 DAY
+ SELECT INTERVAL (1+2) HOUR
+ SELECT INTERVAL a DAY
+ SELECT INTERVAL 1 DAYS
+ SELECT INTERVAL 1 SQL_TSI_DAY
+ SELECT INTERVAL 1 d
+ SELECT INTERVAL 1 NANOSECOND
+ SELECT INTERVAL 1 ms
+ SELECT interval
+ SELECT INTERVAL '1' day + 1
+ SELECT INTERVAL '-1 day'
+ SELECT INTERVAL a + 1 DAY
+ SELECT INTERVAL 1 DAY * 2
+ SELECT DATE '2024-01-01'
+ SELECT DATE('2024-01-01')
+ SELECT date
+ SELECT TIMESTAMP '2024-01-01 00:00:00'
+ SELECT timestamp
+ SELECT DATE "x"
+ SELECT DATEADD(DAY, 1, d)
> SELECT date_add(d, INTERVAL 1 DAY)
+ SELECT DATE_ADD(INTERVAL 1 DAY, d)
+ SELECT timestampAdd(DAY,1,d)
+ SELECT TIMESTAMP_SUB(DAY,1,d)
+ SELECT dateDiff('day',a,b)
+ SELECT DATE_DIFF(DAY, a, b)
+ SELECT TIMESTAMPDIFF(day, a, b)
+ SELECT date_diff(day, a, b, 'UTC')
+ SELECT dateAdd(day, 1, d)
+ SELECT addDate(d, INTERVAL 1 DAY)
+ SELECT subDate(d, INTERVAL 1 DAY)
+ SELECT date_trunc('day', d)
+ SELECT DATE_TRUNC(day, d)
+ SELECT toStartOfInterval(d, INTERVAL 1 DAY)
+ SELECT SUBSTRING(s FROM 2)
+ SELECT substring(s, 1)
- SELECT SUBSTR(s FROM 1 FOR 2)
+ SELECT MID(s, 1)
+ SELECT TRIM(s)
> SELECT TRIM(LEADING FROM s)
+ SELECT trim(BOTH 'x' FROM s)
+ SELECT LTRIM(s)
+ SELECT rtrim(s)
+ SELECT ltrim(s, 'x')
+ SELECT trim(s, 'x')
+ SELECT POSITION('a' IN s)
+ SELECT position(s, 'a')
+ SELECT locate('a', s)
+ SELECT POSITION(a, b, 1)
+ SELECT EXTRACT(DAY FROM d)
+ SELECT extract(s, 'x')
+ SELECT EXTRACT(EPOCH FROM d)
+ SELECT EXTRACT(DOW FROM d)
+ SELECT EXTRACT(QUARTER FROM d)
+ SELECT EXTRACT(MILLISECOND FROM d)
+ SELECT EXTRACT(SECOND FROM d)
+ SELECT extract(a)
+ SELECT OVERLAY(s PLACING 'x' FROM 1 FOR 2)
+ SELECT TRY_CAST(a AS Int8)
+ SELECT COLLATE('x')
- SELECT a COLLATE 'en'
+ SELECT CURRENT_TIMESTAMP
+ SELECT now
+ SELECT CURRENT_DATE
+ SELECT CURRENT_USER
+ SELECT LOCALTIME
+ SELECT CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END AS x
+ SELECT case
+ SELECT CASE WHEN a THEN b WHEN c THEN d END
+ SELECT a IS TRUE
+ SELECT a IS NOT FALSE
+ SELECT a IS UNKNOWN
+ SELECT a IS DISTINCT FROM b
+ SELECT a IS NOT DISTINCT FROM b
+ SELECT a <=> b
+ SELECT a ISNULL
- SELECT a NOT NULL
+ SELECT a IS NOT NULL AND b
+ SELECT a LIKE 'x' ESCAPE '\\'
- SELECT a SIMILAR TO 'x'
- SELECT a RLIKE 'x'
+ SELECT a REGEXP 'y'
- SELECT a NOT REGEXP 'z'
+ SELECT a GLOBAL NOT IN b
+ SELECT a NOT IN (SELECT 1)
+ SELECT (a) IN (b)
+ SELECT a IN (b)
+ SELECT a IN ()
+ SELECT a IN f(x)
+ SELECT a IN (1)
+ SELECT a IN (1,)
+ SELECT a IN tuple(1)
+ SELECT a IN db.t
+ SELECT a[1][2]
+ SELECT a[1].2
+ SELECT a['x'].b
+ SELECT [1,2][1]
+ SELECT (1,2)[1]
+ SELECT f(x)[1]
+ SELECT 'abc'[1]
+ SELECT {a:Array(UInt8)}[1]
+ SELECT map('a',1)['a']
+ SELECT a.b[1]
- SELECT {'a': 1, 'b': [1,2]}
- SELECT {}
+ SELECT {a:Int8}
+ SELECT {a : Array(Tuple(x Int8))}
- SELECT {'a':x}
+ SELECT (a)
+ SELECT ((a))
+ SELECT (a, b).1
+ SELECT (a,)
+ SELECT ()
+ SELECT tuple()
+ SELECT tuple(a)
+ SELECT ((a, b))
+ SELECT (1)
+ SELECT ((1))
+ SELECT (SELECT 1)
+ SELECT ((SELECT 1))
+ SELECT (SELECT 1, 2).1
+ SELECT sum(x) OVER (w)
+ SELECT f(x) OVER w
+ SELECT f(x) OVER (PARTITION BY a, b ORDER BY c RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING)
+ SELECT f(x) IGNORE NULLS OVER ()
+ SELECT f(x) FILTER (WHERE a) OVER ()
+ SELECT f(x) RESPECT NULLS
+ SELECT f(x) OVER (GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
+ SELECT f(x) OVER (ROWS 1+1 PRECEDING)
+ SELECT quantile(0.5)(x) OVER (ORDER BY a ROWS CURRENT ROW)
+ SELECT f()(x)
> SELECT f(1)()
- SELECT f(1)(2)(3)
- SELECT f(SELECT 1)
+ SELECT f((SELECT 1))
+ SELECT arrayJoin((SELECT [1]))
+ SELECT array(1,2)
+ SELECT tuple(1,2)
+ SELECT array()
+ SELECT plus(1,2)
+ SELECT negate(1)
+ SELECT not(a)
+ SELECT and(a,b)
+ SELECT or(a,b)
+ SELECT concat(a,b)
+ SELECT equals(a,b)
+ SELECT in(a,b)
+ SELECT arrayElement(a,1)
+ SELECT tupleElement(a,1)
+ SELECT tupleElement(a,'x')
+ SELECT if(a,b,c)
+ SELECT multiIf(a,b,c)
+ SELECT isNull(a)
+ SELECT like(a,b)
+ SELECT modulo(a,b)
+ SELECT intDiv(a,b)
+ SELECT CAST(1,'x')
+ SELECT toIntervalDay(1)
+ SELECT lambda(tuple(x), x+1)
+ SELECT between(a,1,2)
+ SELECT not a
+ SELECT minus(1,2)
+ SELECT xor(a,b)
+ SELECT globalIn(a,b)
+ SELECT ilike(a, b)
+ SELECT isNotNull(a)
+ SELECT match(a,b)
+ SELECT a+1
+ SELECT a-1
+ SELECT a*b
+ SELECT a/b
+ SELECT a%b
+ SELECT -a
+ SELECT -1
+ SELECT -(1)
+ SELECT - 1
+ SELECT +1
+ SELECT -1.5
+ SELECT 1.50
+ SELECT 1e3
+ SELECT 1e-3
+ SELECT 0xff
+ SELECT 0b11
+ SELECT 1_000
+ SELECT 18446744073709551616
+ SELECT -9223372036854775808
+ SELECT -9223372036854775809
+ SELECT inf
+ SELECT -inf
+ SELECT nan
+ SELECT NULL
+ SELECT true
+ SELECT false
+ SELECT 'x'
+ SELECT 'it''s'
+ SELECT 'a\tb\n'
+ SELECT a = 1
+ SELECT a == 1
+ SELECT a != 1
+ SELECT a <> 1
+ SELECT a < 1
+ SELECT a <= 1
+ SELECT a > 1
+ SELECT a >= 1
+ SELECT a = 1 AND b = 2
+ SELECT a = 1 AND b = 2 AND a = 3
+ SELECT a = 1 OR b = 2 OR a = 3
+ SELECT (a = 1 AND b = 2) AND a = 3
+ SELECT a = 1 AND (b = 2 AND a = 3)
+ SELECT NOT a
- SELECT a XOR b
+ SELECT a DIV 2
+ SELECT a MOD 2
+ SELECT s || 'x'
+ SELECT s || 'x' || 'y'
+ SELECT s LIKE 'x%'
+ SELECT s NOT LIKE 'x%'
+ SELECT s ILIKE 'x%'
+ SELECT s NOT ILIKE 'x'
+ SELECT s REGEXP 'x'
+ SELECT a IN (1,2)
+ SELECT a NOT IN (1,2)
+ SELECT a IN [1,2]
+ SELECT a IN 1
+ SELECT (a,b) IN ((1,2),(3,4))
+ SELECT a GLOBAL IN (1,2)
+ SELECT a IN (SELECT 1)
+ SELECT a BETWEEN 1 AND 2
+ SELECT a NOT BETWEEN 1 AND 2
+ SELECT a IS NULL
+ SELECT a IS NOT NULL
+ SELECT a IS DISTINCT FROM 1
+ SELECT a <=> 1
+ SELECT count()
+ SELECT COUNT(*)
+ SELECT Count(a)
+ SELECT count(DISTINCT a)
+ SELECT count(DISTINCT a, b)
+ SELECT sum(DISTINCT a)
+ SELECT sum(a) FILTER (WHERE b > 1)
+ SELECT uniqExact(a)
+ SELECT quantile(0.9)(a)
+ SELECT quantiles(0.5, 0.9)(a)
+ SELECT SUM(a)
+ SELECT sumIf(a, b > 1)
+ SELECT (1,2)
+ SELECT (1,)
+ SELECT (a,b)
+ SELECT [1,2]
+ SELECT []
+ SELECT [a,b]
+ SELECT [(1,2)]
+ SELECT ['a','b']
+ SELECT (1,'a',[1])
+ SELECT arr[1]
+ SELECT arr[-1]
+ SELECT m['k']
+ SELECT tup.1
+ SELECT nt.x
+ SELECT t.a
+ SELECT CASE WHEN a = 1 THEN 'x' ELSE 'y' END
+ SELECT CASE WHEN a = 1 THEN 'x' END
+ SELECT CASE a WHEN 1 THEN 'x' ELSE 'y' END
+ SELECT CASE a WHEN 1 THEN 'x' END
+ SELECT CASE WHEN a=1 THEN 1 WHEN a=2 THEN 2 ELSE 3 END
+ SELECT a ? b : 1
+ SELECT if(a,b,1)
+ SELECT CAST(a, 'String')
+ SELECT CAST(a AS String)
+ SELECT CAST(a AS Nullable(Int8))
+ SELECT a::String
+ SELECT a::Nullable(UInt32)
+ SELECT 1::UInt8
+ SELECT -1::Int8
+ SELECT '1'::UInt8
+ SELECT [1,2]::Array(UInt8)
+ SELECT cast(a as String)
+ SELECT CAST('1' AS UInt8)
+ SELECT _CAST(a,'String')
+ SELECT INTERVAL '1' DAY
+ SELECT INTERVAL '1 day'
+ SELECT INTERVAL a HOUR
+ SELECT INTERVAL '1 day 2 hours'
+ SELECT d + INTERVAL 1 MONTH
+ SELECT d - INTERVAL 1 MONTH
+ SELECT ts + INTERVAL 1 DAY + INTERVAL 1 HOUR
+ SELECT toStartOfMinute(ts)
+ SELECT toDate(ts) AS x
+ SELECT EXTRACT(YEAR FROM d)
+ SELECT EXTRACT(MONTH FROM d)
+ SELECT EXTRACT(WEEK FROM d)
+ SELECT EXTRACT(HOUR FROM ts)
+ SELECT SUBSTRING(s FROM 2 FOR 3)
+ SELECT SUBSTRING(s, 2, 3)
+ SELECT substr(s, 1)
+ SELECT TRIM(BOTH ' ' FROM s)
+ SELECT TRIM(LEADING 'x' FROM s)
+ SELECT TRIM(TRAILING 'x' FROM s)
+ SELECT DATE_ADD(DAY, 1, d)
+ SELECT DATE_SUB(DAY, 1, d)
+ SELECT DATEDIFF(DAY, d, d)
+ SELECT dateDiff('day', d, d)
+ SELECT dateDiff(day, d, d)
> SELECT DATE_ADD(d, INTERVAL 1 DAY)
+ SELECT EXISTS (SELECT 1)
+ SELECT a = ANY (SELECT 1)
+ SELECT a > ALL (SELECT 1)
+ SELECT a != ANY (SELECT 1)
+ SELECT a != ALL (SELECT 1)
+ SELECT a = ALL (SELECT 1)
+ SELECT a < ANY (SELECT 1)
+ SELECT a <= ALL (SELECT 1)
+ SELECT (SELECT 1 AS z)
+ SELECT (SELECT max(a) FROM (SELECT 1 AS a))
+ SELECT arrayMap(x -> x + 1, arr)
+ SELECT arrayMap((x, i) -> x * i, arr, arr)
+ SELECT arrayMap(x -> (x, 1), arr)
+ SELECT $$heredoc$$
+ SELECT x'41'
+ SELECT b'01000001'
+ SELECT now()
+ SELECT NOW()
+ SELECT sum(a) OVER ()
+ SELECT sum(a) OVER (PARTITION BY b ORDER BY a)
+ SELECT sum(a) OVER (PARTITION BY b ORDER BY a DESC ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)
+ SELECT sum(a) OVER (ROWS UNBOUNDED PRECEDING)
+ SELECT row_number() OVER (ORDER BY a NULLS LAST)
+ SELECT any_value(a) RESPECT NULLS
+ SELECT first_value(a) IGNORE NULLS
+ SELECT first_value(a) RESPECT NULLS
+ SELECT first_value(a) IGNORE NULLS OVER (ORDER BY b)
+ SELECT a + b * 2
+ SELECT (a + b) * 2
+ SELECT a.b
+ SELECT `a`
+ SELECT "a"
+ SELECT `a b`
+ SELECT 1 AS `a b`
+ SELECT (a AS z) + z
+ SELECT a + 1 AS q
+ SELECT {p:UInt8}
+ SELECT concat(s, 'x')
+ SELECT plus(a,b)
+ SELECT lower(s)
+ SELECT LOWER(s)
+ SELECT toString(1.0)
+ SELECT 1.0
+ SELECT 0.1
+ SELECT 100000000000000000000.0
+ SELECT 1e100
- SELECT .5
+ SELECT 1.
+ SELECT a in (1, 'x')
+ SELECT round(a, 2)
+ SELECT sum(a)/count()
+ SELECT countIf(a > 0)
+ SELECT avg(a)
+ SELECT AVG(a)
+ SELECT Max(a)
+ SELECT [1, 2.5]
+ SELECT [1, NULL]
+ SELECT (1, NULL)
+ SELECT [-1]
+ SELECT (-1, 2)
+ SELECT -(-1)
- SELECT --a
+ SELECT -tup.1
+ SELECT s LIKE 'x' ESCAPE '!'
+ SELECT CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END
+ SELECT [[1, 2], [3]]
+ SELECT [1, 2.5, -3]
+ SELECT [a, 1.5]
+ SELECT (1, 2.5)
+ SELECT [(1, 2.5), (2, 3)]
+ SELECT arrayFilter(x -> x > 1, [1, 2])
+ SELECT toStartOfInterval(ts, INTERVAL 5 MINUTE)
+ SELECT 1e21
+ SELECT 1e20
+ SELECT 123456789012345678
+ SELECT 0.000001
+ SELECT 0.0000001
+ SELECT 1e-7
+ SELECT 1.5e300
+ SELECT -0.0
+ SELECT 0x1p3
+ SELECT 1.0e10
+ SELECT 3.14159265358979
+ SELECT a + 1.0
+ SELECT round(a / 3, 2)
+ SELECT CAST(a, 'Decimal(10,2)')
+ SELECT a::Decimal(10,2)
+ SELECT 1.10::Decimal(9,2)
+ SELECT CAST(NULL AS Nullable(Int8))
+ SELECT map('a', 1)
- SELECT {'a': 1}
+ SELECT m['k'] + 1
+ SELECT DATE_ADD(DAY, 1, d) = d
+ SELECT count(*) + 1
+ SELECT countIf(DISTINCT a, b > 1)
+ SELECT sum(a) FILTER (WHERE b > 1) OVER ()
+ SELECT quantileIf(0.5)(a, b > 1)
+ SELECT topK(3)(a)
+ SELECT sumOrNull(a)
+ SELECT uniq(a, b)
+ SELECT max(a) - min(a)
+ SELECT any(a)
+ SELECT argMax(a, b)
+ SELECT '\\'
+ SELECT 'a"b`c'
+ SELECT 'é'
+ SELECT '\0'
+ SELECT 'a\\b'
+ SELECT true AND false
+ SELECT 1 = 1
+ SELECT a = -1
+ SELECT a IN (-1, 2)
+ SELECT s IN ('a', 'b')
+ SELECT (a, b) IN (1, 2)
+ SELECT (a) + b
+ SELECT ((a + 1))
+ SELECT -(a + 1)
+ SELECT not a + 1
+ SELECT a BETWEEN -1 AND 1 AND b
+ SELECT if(a = 1, 'x', 'y')
+ SELECT a = 1 ? 'x' : 'y'
+ SELECT s || 1
+ SELECT concat(s, s) || s
+ SELECT formatReadableSize(a)
+ SELECT now() - INTERVAL 1 HOUR
+ SELECT ts >= now() - INTERVAL 1 HOUR
+ SELECT nt.1
+ SELECT (1, 'a').1
+ SELECT tuple('a').1
+ SELECT arr[1] = 1
+ SELECT arrayMap(x -> x, arr)[1]
+ SELECT sum(a) OVER (PARTITION BY b, s ORDER BY a DESC NULLS FIRST, b RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
+ SELECT rank() OVER (ORDER BY a + 1)
+ SELECT lagInFrame(a, 1, 0) OVER (ORDER BY b)
+ SELECT count() OVER (PARTITION BY a = 1)
- SELECT INTERVAL '- day'
- SELECT INTERVAL '-  d y'
- SELECT INTERVAL 'day'
+ SELECT position('a' IN s), position(('a' AS x) IN s)
+ SELECT ('a').1
- SELECT 'a'.1
