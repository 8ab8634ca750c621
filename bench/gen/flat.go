package gen

import (
	"strconv"
	"time"
)

// FlatColumns are those of the star schema's flat table that its questions read,
// with the measures beside them.
const FlatColumns = `LO_ORDERKEY UInt32, LO_LINENUMBER UInt8, LO_CUSTKEY UInt32, LO_PARTKEY UInt32, LO_SUPPKEY UInt32, LO_ORDERDATE Date,
LO_ORDERPRIORITY LowCardinality(String), LO_QUANTITY UInt8, LO_EXTENDEDPRICE UInt32, LO_DISCOUNT UInt8, LO_REVENUE UInt32, LO_SUPPLYCOST UInt32,
LO_TAX UInt8, LO_SHIPMODE LowCardinality(String), C_CITY LowCardinality(String), C_NATION LowCardinality(String), C_REGION LowCardinality(String),
S_CITY LowCardinality(String), S_NATION LowCardinality(String), S_REGION LowCardinality(String), P_MFGR LowCardinality(String),
P_CATEGORY LowCardinality(String), P_BRAND LowCardinality(String)`

// Flat makes rows of the flat star schema: the populations and uniform draws of its
// generator (dbgen) at a scale of about rows / 6 million.
type Flat struct {
	seed uint64
	rows int64
}

// NewFlat makes a stream of a number of rows.
func NewFlat(seed uint64, rows int64) *Flat { return &Flat{seed, max(rows, 1)} }

var (
	priorities = [...]string{"1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECI", "5-LOW"}
	shipModes  = [...]string{"REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"}
	nations    = [...]string{
		"ALGERIA", "ETHIOPIA", "KENYA", "MOROCCO", "MOZAMBIQUE", "ARGENTINA", "BRAZIL", "CANADA", "PERU", "UNITED STATES",
		"INDIA", "INDONESIA", "JAPAN", "CHINA", "VIETNAM", "FRANCE", "GERMANY", "ROMANIA", "RUSSIA", "UNITED KINGDOM",
		"EGYPT", "IRAN", "IRAQ", "JORDAN", "SAUDI ARABIA",
	}
	regions = [...]string{"AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"}
)

// CSV writes row i as a line of CSV.
func (f *Flat) CSV(dst []byte, i int64) []byte {
	r := rng{f.seed ^ uint64(i)*0x9e3779b97f4a7c15}
	r.next()
	number := func(n int64) {
		dst = append(strconv.AppendInt(dst, n, 10), ',')
	}
	word := func(s string) { dst = append(append(dst, s...), ',') }
	order := i / 4
	own := rng{f.seed + uint64(order)} // what rows of an order share
	customer, day := int64(own.next()%uint64(f.rows/200+1)), own.next()%2406
	part, supplier := int64(r.next()%uint64(f.rows/30+200)), int64(r.next()%uint64(f.rows/3000+20))
	quantity, discount := 1+int64(r.next()%50), int64(r.next()%11)
	price := quantity * (90_000 + part%20_000*10) / 100
	number(order)
	number(1 + i%4)
	number(customer)
	number(part)
	number(supplier)
	dst = append(time.Date(1992, 1, 1+int(day), 0, 0, 0, 0, time.UTC).AppendFormat(dst, "2006-01-02"), ',')
	word(priorities[own.next()%uint64(len(priorities))])
	number(quantity)
	number(price)
	number(discount)
	number(price * (100 - discount) / 100)
	number(6 * (90_000 + part%20_000*10) / 1000)
	number(int64(r.next() % 9))
	word(shipModes[r.next()%uint64(len(shipModes))])
	dst = appendPlace(dst, mix(uint64(customer)+1))
	dst = appendPlace(dst, mix(uint64(supplier)+2))
	m := mix(uint64(part) + 3)
	maker, category, brand := 1+m%5, 1+m>>8%5, 1+m>>16%40
	dst = strconv.AppendUint(append(dst, "MFGR#"...), maker, 10)
	dst = strconv.AppendUint(append(dst, ",MFGR#"...), maker*10+category, 10)
	dst = strconv.AppendUint(append(dst, ",MFGR#"...), (maker*10+category)*pad(brand)+brand, 10)
	return append(dst, '\n')
}

// pad is the power of ten that a brand's digits take behind its category.
func pad(brand uint64) uint64 {
	if brand < 10 {
		return 10
	}
	return 100
}

// appendPlace writes city, nation and region: a city is nine letters of its nation
// and a digit.
func appendPlace(dst []byte, m uint64) []byte {
	n := m % uint64(len(nations))
	nation := nations[n] + "         "
	dst = append(append(dst, nation[:9]...), byte('0'+m>>8%10), ',')
	dst = append(append(dst, nations[n]...), ',')
	return append(append(dst, regions[n/5]...), ',')
}
