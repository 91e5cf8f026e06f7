// Commissions
