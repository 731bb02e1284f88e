#!/bin/sh
# Reads IPC in the format $1, stream or file, and writes it in the same one. Here the program stands in whose place `cat` is.
exec cat
