package expr

// families lists the functions, one family a file.
func families() [][]*function {
	return [][]*function{
		arithFunctions(), comparisonFunctions(), logicFunctions(), conditionalFunctions(), nullFunctions(),
		castFunctions(), tupleFunctions(), miscFunctions(), intervalFunctions(), arrayFunctions(),
		datePartFunctions(), dateStartFunctions(), dateFunctions(), dateFormatFunctions(),
		stringFunctions(), sliceFunctions(), replaceFunctions(), splitFunctions(), likeFunctions(), positionFunctions(),
		regexpFunctions(), arrayPartFunctions(), arraySearchFunctions(), arraySetFunctions(), lambdaFunctions(), lambdaSumFunctions(),
	}
}
