"""The core: functions traced, differentiated, compiled and vectorised. What is public, `chainrule` names."""
