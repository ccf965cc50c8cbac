"""What the kernel should have before hostile content is laid out on it."""

import ctypes

from django.core.checks import CheckMessage, Tags, Warning, register

from viewer import landlock, syscalls


@register(Tags.security)
def renderer_filters(app_configs, **kwargs) -> list[CheckMessage]:
    libc = ctypes.CDLL(None, use_errno=True)
    found: list[CheckMessage] = []
    if not landlock.version(libc):
        found.append(
            Warning(
                "This kernel has no Landlock: a renderer that a hostile content took over could "
                "read whatever the account of the service may read, the secrets among it.",
                hint="Use Linux 5.13 or later with Landlock enabled, or run the render server "
                "under an account of its own and name its socket in RENDER_SOCKET.",
                id="viewer.W001",
            )
        )
    if not syscalls.available(libc):
        found.append(
            Warning(
                "This kernel or processor has no seccomp filter: a renderer that a hostile "
                "content took over could start programs and make connections.",
                hint="Use Linux on x86-64 or aarch64 with seccomp enabled.",
                id="viewer.W002",
            )
        )
    return found
