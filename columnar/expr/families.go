package expr

// families lists the functions, one family a file.
func families() [][]*function {
	return [][]*function{
		arithFunctions(), comparisonFunctions(), logicFunctions(), conditionalFunctions(), nullFunctions(),
		castFunctions(), tupleFunctions(), miscFunctions(), intervalFunctions(), arrayFunctions(),
		datePartFunctions(), dateStartFunctions(), dateFunctions(), dateFormatFunctions(),
		stringFunctions(), searchFunctions(), regexpFunctions(), splitFunctions(),
		lambdaFunctions(), mathFunctions(), bitFunctions(), roundFunctions(),
		encodeFunctions(), urlFunctions(), hashFunctions(), extremeFunctions(), jsonFunctions(), readableFunctions(),
		randomFunctions(), ipFunctions(), transformFunctions(), reinterpretFunctions(), emptyArrayFunctions(), stateFunctions(), reduceFunctions(), arraySetFunctions(), distinctFunctions(),
		normalizeFunctions(),
	}
}
