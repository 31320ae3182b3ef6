#include "commands.h"
int cmd_matrix(int argc, char **argv) { (void)argc; (void)argv; return 0; }
