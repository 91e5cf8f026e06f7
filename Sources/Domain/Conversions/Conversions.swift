// Conversions
