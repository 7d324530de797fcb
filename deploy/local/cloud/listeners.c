#include "cloud/listeners.h"

#include <unistd.h>

bool listeners_open(struct cloud *cloud, struct error *err)
{
    const struct options *options = cloud->options;
    bool opened =
        listener_open(cloud->listeners[CLOUD_FRONT],
                      options->platform_processes,
                      options->all_addresses ? INADDR_ANY : INADDR_LOOPBACK,
                      options->port, err) &&
        listener_open(cloud->listeners[CLOUD_CONTROL], 1, INADDR_LOOPBACK, 0,
                      err);

    for (int i = 0; opened && i < options->platform_processes; i++)
        opened = listener_open_all_loopback(&cloud->listeners[CLOUD_RUNTIME][i],
                                            err);
    for (int i = CLOUD_KV; opened && i < CLOUD_LISTENERS; i++)
        opened = listener_open(cloud->listeners[i], options->door_processes,
                               INADDR_LOOPBACK, 0, err);
    return opened;
}

void listeners_forget(struct cloud *cloud)
{
    for (int i = 0; i < CLOUD_LISTENERS; i++) {
        for (int j = 0; j < OPTIONS_PROCESSES_MAX; j++)
            cloud->listeners[i][j].fd = -1;
    }
}

int listeners_port(const struct cloud *cloud, enum cloud_listener kind)
{
    return cloud->listeners[kind][0].port;
}

void listeners_close(struct cloud *cloud)
{
    for (int i = 0; i < CLOUD_LISTENERS; i++) {
        for (int j = 0; j < OPTIONS_PROCESSES_MAX; j++)
            listener_close(&cloud->listeners[i][j]);
    }
}

void listeners_keep(const struct cloud *cloud, int first, int last, int index)
{
    for (int i = 0; i < CLOUD_LISTENERS; i++) {
        for (int j = 0; j < OPTIONS_PROCESSES_MAX; j++) {
            const struct listener *listener = &cloud->listeners[i][j];

            if (listener->fd >= 0 && (i < first || i > last || j != index))
                close(listener->fd);
        }
    }
}
