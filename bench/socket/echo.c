/* Sends back what comes on a Unix socket, and does nothing else: echo SOCKET. What it takes is what the machine takes, and no server. One asker at a time. */
#include "frames.h"

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  int door = socket(AF_UNIX, SOCK_STREAM, 0);
  if (door < 0 || bind(door, (struct sockaddr *)&address, sizeof address) < 0 || listen(door, 8) < 0) die(argv[1]);
  for (;;) {
    static char bytes[1 << 16];
    int link = accept(door, NULL, NULL);
    if (link < 0) die("accept");
    for (ssize_t came; (came = read(link, bytes, sizeof bytes)) > 0;)
      for (ssize_t sent = 0, count; sent < came; sent += count)
        if ((count = write(link, bytes + sent, (size_t)(came - sent))) < 0) die("write");
    close(link);
  }
}
