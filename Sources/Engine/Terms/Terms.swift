// Terms
