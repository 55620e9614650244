#!/bin/sh
# Makes the fonts beside this script from DejaVu 2.37:
#   vt-report/fonts/subset.sh FOLDER_OF_DEJAVU_TTF_FILES
# It needs pyftsubset (pip install fonttools==4.68.0).
set -eu

from=${1:?the folder with DejaVuSansCondensed.ttf}
to=$(dirname "$0")

# Latin, Greek and Cyrillic with their accents and phonetic signs, Armenian,
# Georgian; punctuation, numbers, currencies, arrows, signs and shapes.
letters='U+0020-007E,U+00A0-00AC,U+00AE-036F,U+0370-03FF,U+0400-052F,U+0531-058A,U+10A0-10FF,U+1D00-1DBF,U+1E00-1FFF'
signs='U+2000-200A,U+2010-2027,U+202F-205F,U+2070-209F,U+20A0-20CF,U+2100-218F,U+2190-22FF,U+25A0-25FF,U+FFFD'

subset() {
    pyftsubset "$from/$1.ttf" --output-file="$to/$1.ttf" --unicodes="$2" \
        --layout-features='' --drop-tables+=FFTM,GDEF,GPOS,GSUB,gasp,kern \
        --no-hinting --notdef-outline --name-IDs=0,1,2,4,5,6,13,14
}

subset DejaVuSansCondensed "$letters,$signs"
subset DejaVuSansCondensed-Bold "$letters,$signs"
# Nothing but digests is set in it.
subset DejaVuSansMono 'U+0020-007E'
