/*
 * System calls that fail when a test wants it (linked with --wrap): the Nth write-like call of the program under test
 * returns an errno. A mock where no real part can do it at every place.
 */
#ifndef UNIT_FAULTS_H
#define UNIT_FAULTS_H

/* The nth call from now on (1 is the next) of write, pwrite, fsync, ftruncate, rename fails with that errno; a write
 * has then done nothing. 0 disarms. */
void faults_arm(long nth, int error);

/* How many such calls there have been since faults_arm. */
long faults_calls(void);

#endif
