// Tracker
