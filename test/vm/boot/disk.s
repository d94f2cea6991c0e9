# A boot sector that says on the serial line that the disk was booted, and switches QEMU off by its isa-debug-exit.
.code16
.globl _start
_start:
	cli
	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %ss
	mov $0x7c00, %sp
	mov $said, %si
letter:
	lodsb
	test %al, %al
	jz off
	mov %al, %bl
wait:
	mov $0x3fd, %dx
	in %dx, %al
	test $0x20, %al
	jz wait
	mov $0x3f8, %dx
	mov %bl, %al
	out %al, %dx
	jmp letter
off:
	mov $0x501, %dx
	mov $0, %al
	out %al, %dx
stop:
	hlt
	jmp stop
said:
	.asciz "\r\nDISK bios\r\n"
.org 510
.word 0xaa55
