/* Sends each packet back as a reply, and does nothing else: echo PORT. What it takes is what the machine takes, and no server. */
#include "questions.h"

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int link = socket(AF_INET, SOCK_DGRAM, 0);
  if (link < 0 || bind(link, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  for (;;) {
    unsigned char packet[1500];
    socklen_t size = sizeof address;
    ssize_t length = recvfrom(link, packet, sizeof packet, 0, (struct sockaddr *)&address, &size);
    if (length < 12) continue;
    packet[2] |= 0x80;
    sendto(link, packet, (size_t)length, 0, (struct sockaddr *)&address, size);
  }
}
