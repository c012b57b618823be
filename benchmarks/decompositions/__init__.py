"""PPCA as each library fits it: one module a library, its drivers take a problem and give calls."""
