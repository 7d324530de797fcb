/*
 * count: how many elements an array has.
 */
#ifndef BOUNCER_COUNT_H
#define BOUNCER_COUNT_H

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#endif
