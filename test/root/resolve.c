/* What the C library resolves: a name's addresses, or an address's name, one a line. Built with musl, statically, it is a
 * program that can load no module. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 64;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all;
	int failure = getaddrinfo(argv[1], NULL, &hints, &all);
	if (failure) {
		fprintf(stderr, "%s\n", gai_strerror(failure));
		return 1;
	}
	int numeric = strspn(argv[1], "0123456789.") == strlen(argv[1]);
	for (struct addrinfo *one = all; one; one = one->ai_next) {
		char text[NI_MAXHOST];
		failure = getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, NULL, 0, numeric ? NI_NAMEREQD : NI_NUMERICHOST);
		if (failure) {
			fprintf(stderr, "%s\n", gai_strerror(failure));
			return 1;
		}
		puts(text);
	}
	return 0;
}
