/* A program of UEFI that says on the serial line that the disk was booted, and switches QEMU off by its isa-debug-exit. */

static inline void out(unsigned short port, unsigned char value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline unsigned char in(unsigned short port)
{
	unsigned char value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static const char said[] = "\r\nDISK uefi\r\n";

__attribute__((ms_abi)) unsigned long efi_main(void *image, void *table)
{
	(void)image;
	(void)table;
	for (const char *letter = said; *letter; letter++) {
		while (!(in(0x3fd) & 0x20))
			;
		out(0x3f8, *letter);
	}
	out(0x501, 0);
	for (;;)
		__asm__("hlt");
}
