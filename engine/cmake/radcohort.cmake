# SPDX-License-Identifier: Apache-2.0
# How every target of the project is built: one function for flags, one for a module library.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)

# Flags shared by all code. Same input, same bits: no fast-math, and contraction into fused
# multiply-adds is off so that every build of a machine class rounds alike. Square roots need not set
# errno, which nobody reads, so loops with them become vector code.
function(radcohort_flags target)
  target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
  target_compile_options(${target} PRIVATE -Wall -Wextra -ffp-contract=off -fno-math-errno
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wvla>
    $<$<BOOL:${RADCOHORT_WERROR}>:-Werror>)
  if(RADCOHORT_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${RADCOHORT_SANITIZE} -fno-omit-frame-pointer
      -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${RADCOHORT_SANITIZE})
  endif()
endfunction()

# radcohort_library(name [LINK libs...]): a static library of every source in this folder. Headers
# are found from the parent folder ("texture/contract.h").
function(radcohort_library name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "*.c" "*.cpp")
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/..")
    target_link_libraries(${name} INTERFACE ${arg_LINK})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  radcohort_flags(${name})
  target_include_directories(${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/..")
  target_link_libraries(${name} PUBLIC ${arg_LINK} m)
endfunction()
