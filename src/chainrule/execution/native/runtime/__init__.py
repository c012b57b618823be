"""What runs beside machine code: helping threads (crowd), Ctrl-C (interrupts), NumPy (numpy_steps)."""
