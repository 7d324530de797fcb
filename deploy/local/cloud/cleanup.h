/*
 * cleanup: remove what a cloud made outside of its own processes.
 */
#ifndef BOUNCER_LOCAL_CLEANUP_H
#define BOUNCER_LOCAL_CLEANUP_H

/*
 * Remove ENV_FILE, if it was written for the cloud in DIR, the shared memory
 * that a killed PostgreSQL of this cloud could not give back, and DIR with all
 * that is in it.  Every process of the cloud has ended or is about to: what
 * still appears in DIR is removed for up to ten seconds.  Nothing on things
 * that are not there.
 */
void cleanup(const char *dir, const char *env_file);

#endif
