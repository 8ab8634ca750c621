package chcode

// Code is ClickHouse's number of a kind of error.
type Code int

// The codes that Freshet uses, with ClickHouse's numbers; [Code.Name] gives
// ClickHouse's spelling.
const (
	UnsupportedMethod                      Code = 1
	UnexpectedEndOfFile                    Code = 3
	CannotParseText                        Code = 6
	IncorrectNumberOfColumns               Code = 7
	ThereIsNoColumn                        Code = 8
	NotFoundColumnInBlock                  Code = 10
	ParameterOutOfBound                    Code = 12
	DuplicateColumn                        Code = 15
	NoSuchColumnInTable                    Code = 16
	SizeOfFixedStringDoesntMatch           Code = 19
	NumberOfColumnsDoesntMatch             Code = 20
	CannotParseEscapeSequence              Code = 25
	CannotParseQuotedString                Code = 26
	CannotParseInputAssertionFailed        Code = 27
	AttemptToReadAfterEOF                  Code = 32
	CannotReadAllData                      Code = 33
	TooManyArgumentsForFunction            Code = 34
	TooFewArgumentsForFunction             Code = 35
	BadArguments                           Code = 36
	CannotParseDate                        Code = 38
	TooLargeSizeCompressed                 Code = 39
	ChecksumDoesntMatch                    Code = 40
	CannotParseDatetime                    Code = 41
	NumberOfArgumentsDoesntMatch           Code = 42
	IllegalTypeOfArgument                  Code = 43
	IllegalColumn                          Code = 44
	UnknownFunction                        Code = 46
	UnknownIdentifier                      Code = 47
	NotImplemented                         Code = 48
	LogicalError                           Code = 49
	UnknownType                            Code = 50
	EmptyListOfColumnsQueried              Code = 51
	TypeMismatch                           Code = 53
	UnknownStorage                         Code = 56
	TableAlreadyExists                     Code = 57
	IllegalTypeOfColumnForFilter           Code = 59
	UnknownTable                           Code = 60
	SyntaxError                            Code = 62
	UnknownAggregateFunction               Code = 63
	ArgumentOutOfBound                     Code = 69
	CannotConvertType                      Code = 70
	CannotParseNumber                      Code = 72
	UnknownFormat                          Code = 73
	IncorrectQuery                         Code = 80
	UnknownDatabase                        Code = 81
	DatabaseAlreadyExists                  Code = 82
	FormatIsNotSuitableForInput            Code = 85
	UnknownCompressionMethod               Code = 89
	FileDoesntExist                        Code = 107
	NoDataToInsert                         Code = 108
	UnknownSetting                         Code = 115
	IncorrectData                          Code = 117
	EngineRequired                         Code = 119
	IncorrectElementOfSet                  Code = 124
	IncorrectResultOfScalarSubquery        Code = 125
	TooLargeArraySize                      Code = 128
	CannotReadArrayFromText                Code = 130
	TooLargeStringSize                     Code = 131
	AggregateFunctionDoesntAllowParameters Code = 133
	ZeroArrayOrTupleIndex                  Code = 135
	IllegalDivision                        Code = 153
	TooManyRows                            Code = 158
	TimeoutExceeded                        Code = 159
	TooSlow                                Code = 160
	TooDeepSubqueries                      Code = 162
	Readonly                               Code = 164
	TooBigAST                              Code = 168
	BadGet                                 Code = 170
	MultipleExpressionsForAlias            Code = 179
	IllegalFinal                           Code = 181
	IllegalPrewhere                        Code = 182
	IllegalAggregation                     Code = 184
	SizesOfArraysDontMatch                 Code = 190
	SetSizeLimitExceeded                   Code = 191
	UnknownUser                            Code = 192
	WrongPassword                          Code = 193
	RequiredPassword                       Code = 194
	TooManySimultaneousQueries             Code = 202
	NoFreeConnection                       Code = 203
	AmbiguousIdentifier                    Code = 207
	NetworkError                           Code = 210
	UnknownTotalsMode                      Code = 213
	NotAnAggregate                         Code = 215
	QueryWithSameIDIsAlreadyRunning        Code = 216
	DatabaseNotEmpty                       Code = 219
	QueryIsTooLarge                        Code = 229
	NoSuchDataPart                         Code = 232
	Aborted                                Code = 236
	MemoryLimitExceeded                    Code = 241
	TableIsReadOnly                        Code = 242
	NotEnoughSpace                         Code = 243
	CorruptedData                          Code = 246
	InvalidPartitionValue                  Code = 248
	TooManyParts                           Code = 252
	UnionAllResultStructuresMismatch       Code = 258
	CannotDecompress                       Code = 271
	IndexNotUsed                           Code = 277
	LimitExceeded                          Code = 290
	TableWasNotDropped                     Code = 305
	TooDeepRecursion                       Code = 306
	TooManyBytes                           Code = 307
	ValueIsOutOfRangeOfDataType            Code = 321
	SupportIsDisabled                      Code = 344
	CannotInsertNullInOrdinaryColumn       Code = 349
	AmbiguousColumnName                    Code = 352
	IndexOfPositionalArgumentIsOutOfRange  Code = 353
	ReceivedErrorTooManyRequests           Code = 364
	SessionNotFound                        Code = 372
	SessionIsLocked                        Code = 373
	CannotParseUUID                        Code = 376
	HttpLengthRequired                     Code = 381
	NoCommonType                           Code = 386
	QueryWasCancelled                      Code = 394
	FunctionThrowIfValueIsNonZero          Code = 395
	TooManyRowsOrBytes                     Code = 396
	FormatIsNotSuitableForOutput           Code = 399
	InvalidJoinOnExpression                Code = 403
	DecimalOverflow                        Code = 407
	CannotCompileRegexp                    Code = 427
	UnknownCodec                           Code = 432
	InvalidLimitExpression                 Code = 440
	CannotParseDomainValueFromString       Code = 441
	BadTtlExpression                       Code = 450
	UnknownQueryParameter                  Code = 456
	BadQueryParameter                      Code = 457
	CannotParseBool                        Code = 467
	AccessDenied                           Code = 497
	AuthenticationFailed                   Code = 516
	CannotAssignAlter                      Code = 517
	AlterOfColumnIsForbidden               Code = 524
	DataTypeCannotBeUsedInKey              Code = 549
	UnknownUnion                           Code = 557
	ExpectedAllOrDistinct                  Code = 558
	RaftError                              Code = 568
	NoSuchProjectionInTable                Code = 582
	IllegalProjection                      Code = 583
	CannotSkipUnknownField                 Code = 626
	HaveDependentObjects                   Code = 630
	InvalidTransaction                     Code = 649
	NotInitialized                         Code = 667
	CannotParseIPv4                        Code = 675
	CannotParseIPv6                        Code = 676
	UnknownElementOfEnum                   Code = 691
	DeprecatedFunction                     Code = 721
	KeeperException                        Code = 999
	PocoException                          Code = 1000
	StdException                           Code = 1001
	UnknownException                       Code = 1002
)

// Name is ClickHouse's name of the code: UNKNOWN_TABLE.
func (c Code) Name() string { //nolint:funlen // a flat table, one case a code
	switch c {
	case UnsupportedMethod:
		return "UNSUPPORTED_METHOD"
	case UnexpectedEndOfFile:
		return "UNEXPECTED_END_OF_FILE"
	case CannotParseText:
		return "CANNOT_PARSE_TEXT"
	case IncorrectNumberOfColumns:
		return "INCORRECT_NUMBER_OF_COLUMNS"
	case ThereIsNoColumn:
		return "THERE_IS_NO_COLUMN"
	case NotFoundColumnInBlock:
		return "NOT_FOUND_COLUMN_IN_BLOCK"
	case ParameterOutOfBound:
		return "PARAMETER_OUT_OF_BOUND"
	case DuplicateColumn:
		return "DUPLICATE_COLUMN"
	case NoSuchColumnInTable:
		return "NO_SUCH_COLUMN_IN_TABLE"
	case SizeOfFixedStringDoesntMatch:
		return "SIZE_OF_FIXED_STRING_DOESNT_MATCH"
	case NumberOfColumnsDoesntMatch:
		return "NUMBER_OF_COLUMNS_DOESNT_MATCH"
	case CannotParseEscapeSequence:
		return "CANNOT_PARSE_ESCAPE_SEQUENCE"
	case CannotParseQuotedString:
		return "CANNOT_PARSE_QUOTED_STRING"
	case CannotParseInputAssertionFailed:
		return "CANNOT_PARSE_INPUT_ASSERTION_FAILED"
	case AttemptToReadAfterEOF:
		return "ATTEMPT_TO_READ_AFTER_EOF"
	case CannotReadAllData:
		return "CANNOT_READ_ALL_DATA"
	case TooManyArgumentsForFunction:
		return "TOO_MANY_ARGUMENTS_FOR_FUNCTION"
	case TooFewArgumentsForFunction:
		return "TOO_FEW_ARGUMENTS_FOR_FUNCTION"
	case BadArguments:
		return "BAD_ARGUMENTS"
	case CannotParseDate:
		return "CANNOT_PARSE_DATE"
	case TooLargeSizeCompressed:
		return "TOO_LARGE_SIZE_COMPRESSED"
	case ChecksumDoesntMatch:
		return "CHECKSUM_DOESNT_MATCH"
	case CannotParseDatetime:
		return "CANNOT_PARSE_DATETIME"
	case NumberOfArgumentsDoesntMatch:
		return "NUMBER_OF_ARGUMENTS_DOESNT_MATCH"
	case IllegalTypeOfArgument:
		return "ILLEGAL_TYPE_OF_ARGUMENT"
	case UnknownCodec:
		return "UNKNOWN_CODEC"
	case NoSuchProjectionInTable:
		return "NO_SUCH_PROJECTION_IN_TABLE"
	case IllegalProjection:
		return "ILLEGAL_PROJECTION"
	case IllegalColumn:
		return "ILLEGAL_COLUMN"
	case UnknownFunction:
		return "UNKNOWN_FUNCTION"
	case UnknownIdentifier:
		return "UNKNOWN_IDENTIFIER"
	case NotImplemented:
		return "NOT_IMPLEMENTED"
	case LogicalError:
		return "LOGICAL_ERROR"
	case UnknownType:
		return "UNKNOWN_TYPE"
	case EmptyListOfColumnsQueried:
		return "EMPTY_LIST_OF_COLUMNS_QUERIED"
	case TypeMismatch:
		return "TYPE_MISMATCH"
	case UnknownStorage:
		return "UNKNOWN_STORAGE"
	case TableAlreadyExists:
		return "TABLE_ALREADY_EXISTS"
	case IllegalTypeOfColumnForFilter:
		return "ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER"
	case UnknownTable:
		return "UNKNOWN_TABLE"
	case SyntaxError:
		return "SYNTAX_ERROR"
	case UnknownAggregateFunction:
		return "UNKNOWN_AGGREGATE_FUNCTION"
	case ArgumentOutOfBound:
		return "ARGUMENT_OUT_OF_BOUND"
	case CannotConvertType:
		return "CANNOT_CONVERT_TYPE"
	case CannotParseNumber:
		return "CANNOT_PARSE_NUMBER"
	case UnknownFormat:
		return "UNKNOWN_FORMAT"
	case IncorrectQuery:
		return "INCORRECT_QUERY"
	case UnknownDatabase:
		return "UNKNOWN_DATABASE"
	case DatabaseAlreadyExists:
		return "DATABASE_ALREADY_EXISTS"
	case FormatIsNotSuitableForInput:
		return "FORMAT_IS_NOT_SUITABLE_FOR_INPUT"
	case UnknownCompressionMethod:
		return "UNKNOWN_COMPRESSION_METHOD"
	case FileDoesntExist:
		return "FILE_DOESNT_EXIST"
	case NoDataToInsert:
		return "NO_DATA_TO_INSERT"
	case UnknownSetting:
		return "UNKNOWN_SETTING"
	case IncorrectData:
		return "INCORRECT_DATA"
	case EngineRequired:
		return "ENGINE_REQUIRED"
	case IncorrectElementOfSet:
		return "INCORRECT_ELEMENT_OF_SET"
	case IncorrectResultOfScalarSubquery:
		return "INCORRECT_RESULT_OF_SCALAR_SUBQUERY"
	case TooLargeArraySize:
		return "TOO_LARGE_ARRAY_SIZE"
	case CannotReadArrayFromText:
		return "CANNOT_READ_ARRAY_FROM_TEXT"
	case TooLargeStringSize:
		return "TOO_LARGE_STRING_SIZE"
	case AggregateFunctionDoesntAllowParameters:
		return "AGGREGATE_FUNCTION_DOESNT_ALLOW_PARAMETERS"
	case ZeroArrayOrTupleIndex:
		return "ZERO_ARRAY_OR_TUPLE_INDEX"
	case IllegalDivision:
		return "ILLEGAL_DIVISION"
	case TooManyRows:
		return "TOO_MANY_ROWS"
	case TimeoutExceeded:
		return "TIMEOUT_EXCEEDED"
	case TooSlow:
		return "TOO_SLOW"
	case TooDeepSubqueries:
		return "TOO_DEEP_SUBQUERIES"
	case Readonly:
		return "READONLY"
	case BadGet:
		return "BAD_GET"
	case TooBigAST:
		return "TOO_BIG_AST"
	case MultipleExpressionsForAlias:
		return "MULTIPLE_EXPRESSIONS_FOR_ALIAS"
	case IllegalFinal:
		return "ILLEGAL_FINAL"
	case IllegalPrewhere:
		return "ILLEGAL_PREWHERE"
	case IllegalAggregation:
		return "ILLEGAL_AGGREGATION"
	case SizesOfArraysDontMatch:
		return "SIZES_OF_ARRAYS_DONT_MATCH"
	case SetSizeLimitExceeded:
		return "SET_SIZE_LIMIT_EXCEEDED"
	case UnknownUser:
		return "UNKNOWN_USER"
	case WrongPassword:
		return "WRONG_PASSWORD"
	case RequiredPassword:
		return "REQUIRED_PASSWORD"
	case TooManySimultaneousQueries:
		return "TOO_MANY_SIMULTANEOUS_QUERIES"
	case NoFreeConnection:
		return "NO_FREE_CONNECTION"
	case AmbiguousIdentifier:
		return "AMBIGUOUS_IDENTIFIER"
	case NetworkError:
		return "NETWORK_ERROR"
	case UnknownTotalsMode:
		return "UNKNOWN_TOTALS_MODE"
	case NotAnAggregate:
		return "NOT_AN_AGGREGATE"
	case QueryWithSameIDIsAlreadyRunning:
		return "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING"
	case DatabaseNotEmpty:
		return "DATABASE_NOT_EMPTY"
	case QueryIsTooLarge:
		return "QUERY_IS_TOO_LARGE"
	case NoSuchDataPart:
		return "NO_SUCH_DATA_PART"
	case Aborted:
		return "ABORTED"
	case MemoryLimitExceeded:
		return "MEMORY_LIMIT_EXCEEDED"
	case TableIsReadOnly:
		return "TABLE_IS_READ_ONLY"
	case NotEnoughSpace:
		return "NOT_ENOUGH_SPACE"
	case CorruptedData:
		return "CORRUPTED_DATA"
	case InvalidPartitionValue:
		return "INVALID_PARTITION_VALUE"
	case TooManyParts:
		return "TOO_MANY_PARTS"
	case UnionAllResultStructuresMismatch:
		return "UNION_ALL_RESULT_STRUCTURES_MISMATCH"
	case CannotDecompress:
		return "CANNOT_DECOMPRESS"
	case IndexNotUsed:
		return "INDEX_NOT_USED"
	case LimitExceeded:
		return "LIMIT_EXCEEDED"
	case TableWasNotDropped:
		return "TABLE_WAS_NOT_DROPPED"
	case TooDeepRecursion:
		return "TOO_DEEP_RECURSION"
	case TooManyBytes:
		return "TOO_MANY_BYTES"
	case ValueIsOutOfRangeOfDataType:
		return "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE"
	case SupportIsDisabled:
		return "SUPPORT_IS_DISABLED"
	case CannotInsertNullInOrdinaryColumn:
		return "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN"
	case AmbiguousColumnName:
		return "AMBIGUOUS_COLUMN_NAME"
	case IndexOfPositionalArgumentIsOutOfRange:
		return "INDEX_OF_POSITIONAL_ARGUMENT_IS_OUT_OF_RANGE"
	case ReceivedErrorTooManyRequests:
		return "RECEIVED_ERROR_TOO_MANY_REQUESTS"
	case SessionNotFound:
		return "SESSION_NOT_FOUND"
	case SessionIsLocked:
		return "SESSION_IS_LOCKED"
	case CannotParseUUID:
		return "CANNOT_PARSE_UUID"
	case HttpLengthRequired:
		return "HTTP_LENGTH_REQUIRED"
	case NoCommonType:
		return "NO_COMMON_TYPE"
	case QueryWasCancelled:
		return "QUERY_WAS_CANCELLED"
	case FunctionThrowIfValueIsNonZero:
		return "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"
	case TooManyRowsOrBytes:
		return "TOO_MANY_ROWS_OR_BYTES"
	case FormatIsNotSuitableForOutput:
		return "FORMAT_IS_NOT_SUITABLE_FOR_OUTPUT"
	case InvalidJoinOnExpression:
		return "INVALID_JOIN_ON_EXPRESSION"
	case DecimalOverflow:
		return "DECIMAL_OVERFLOW"
	case CannotCompileRegexp:
		return "CANNOT_COMPILE_REGEXP"
	case InvalidLimitExpression:
		return "INVALID_LIMIT_EXPRESSION"
	case CannotParseDomainValueFromString:
		return "CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING"
	case BadTtlExpression:
		return "BAD_TTL_EXPRESSION"
	case UnknownQueryParameter:
		return "UNKNOWN_QUERY_PARAMETER"
	case BadQueryParameter:
		return "BAD_QUERY_PARAMETER"
	case CannotParseBool:
		return "CANNOT_PARSE_BOOL"
	case AccessDenied:
		return "ACCESS_DENIED"
	case AuthenticationFailed:
		return "AUTHENTICATION_FAILED"
	case CannotAssignAlter:
		return "CANNOT_ASSIGN_ALTER"
	case AlterOfColumnIsForbidden:
		return "ALTER_OF_COLUMN_IS_FORBIDDEN"
	case DataTypeCannotBeUsedInKey:
		return "DATA_TYPE_CANNOT_BE_USED_IN_KEY"
	case UnknownUnion:
		return "UNKNOWN_UNION"
	case ExpectedAllOrDistinct:
		return "EXPECTED_ALL_OR_DISTINCT"
	case RaftError:
		return "RAFT_ERROR"
	case CannotSkipUnknownField:
		return "CANNOT_SKIP_UNKNOWN_FIELD"
	case HaveDependentObjects:
		return "HAVE_DEPENDENT_OBJECTS"
	case InvalidTransaction:
		return "INVALID_TRANSACTION"
	case NotInitialized:
		return "NOT_INITIALIZED"
	case CannotParseIPv4:
		return "CANNOT_PARSE_IPV4"
	case CannotParseIPv6:
		return "CANNOT_PARSE_IPV6"
	case UnknownElementOfEnum:
		return "UNKNOWN_ELEMENT_OF_ENUM"
	case DeprecatedFunction:
		return "DEPRECATED_FUNCTION"
	case KeeperException:
		return "KEEPER_EXCEPTION"
	case PocoException:
		return "POCO_EXCEPTION"
	case StdException:
		return "STD_EXCEPTION"
	case UnknownException:
		return "UNKNOWN_EXCEPTION"
	default:
		return "UNKNOWN_EXCEPTION"
	}
}
