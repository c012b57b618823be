"""What runs beside machine code: helping threads (crowd), Ctrl-C (interrupts), NumPy (numpy_steps); and the
memory that it is given (arrays) and gives back (results)."""
