#ifndef CFILESYSTEM_H
#define CFILESYSTEM_H
#endif
